import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { readCheckpoint } from "../../src/train/checkpoint.ts";
import { expectMessage, failureOf, trainIn, workplace } from "./harness.ts";

let dir = "";
afterEach(() => {
  if (dir) rmSync(dir, { recursive: true });
  dir = "";
});

const diverging = {
  learner: "{ type: neural, trunk: { sizes: [8], dropout: 0 } }",
  training:
    "{ epochs: 200, batchSize: 8, threads: 1, schedule: { type: constant, warmup: 0.9 }, optimizer: { type: sgd, learningRate: 40, momentum: 0 } }",
  tasks: "{ price: regression }",
};

describe("a loss that stops being finite", () => {
  it("names task and step, and keeps the last finite checkpoint", async () => {
    dir = workplace();
    const error = await failureOf(() => trainIn(dir, diverging));
    expectMessage(error, {
      what: "",
      code: "NON_FINITE",
      message:
        /^(task price: a finite loss; got (NaN|Infinity)|gradient: finite numbers; got a norm of (NaN|Infinity)|weights: finite numbers; got NaN or infinity) at step \d+ \(epoch \d+\)$/,
      hint: /lower the learning rate.*the last finite checkpoint is kept$/,
    });
    expect(error.details).toMatchObject({ step: expect.any(Number), epoch: expect.any(Number) });
    const folder = join(dir, "out", "checkpoints");
    const kept = readdirSync(folder).sort();
    expect(kept.length).toBeGreaterThan(0);
    const { arrays } = readCheckpoint(join(folder, kept.at(-1) ?? ""));
    expect((arrays.weights as Float32Array).every(Number.isFinite)).toBe(true);
    expect(existsSync(join(dir, "out", "model", "model.onnx"))).toBe(false);
  });
});

describe("the run folder", () => {
  const good = (name: string) => readFileSync(join(dir, "out", name), "utf8");

  it("is refused where it holds a run", async () => {
    dir = workplace();
    await trainIn(dir);
    const metrics = good("metrics.json");
    expectMessage(await failureOf(() => trainIn(dir)), {
      what: "",
      code: "IO",
      message: /out: a new or empty folder for the run; it holds .*config\.yaml/,
      hint: "add --resume to go on with this run, or choose another --out",
    });
    expect(good("metrics.json")).toBe(metrics);
  });

  it("is refused where it holds anything else", async () => {
    dir = workplace({ "out/notes.txt": "mine" });
    expectMessage(await failureOf(() => trainIn(dir)), {
      what: "",
      code: "IO",
      message: /out: a new or empty folder for the run; it holds notes\.txt$/,
      hint: "choose another --out",
    });
    expect(readdirSync(join(dir, "out"))).toEqual(["notes.txt"]);
  });

  it("is refused where a file stands in its place", async () => {
    dir = workplace({ out: "mine" });
    expectMessage(await failureOf(() => trainIn(dir)), {
      what: "",
      code: "IO",
      message: /out: a folder for the run; it is a file$/,
    });
    expect(readFileSync(join(dir, "out"), "utf8")).toBe("mine");
  });

  it("is refused inside a file", async () => {
    dir = workplace();
    writeFileSync(join(dir, "file"), "");
    const { parseConfig } = await import("../../src/config/load.ts");
    const { trainRun } = await import("../../src/run/train-run.ts");
    const { configText } = await import("./harness.ts");
    const { config } = parseConfig(configText(), { file: "config.yaml" });
    const error = await failureOf(() =>
      trainRun(config, { out: join(dir, "file", "out"), baseDir: dir }),
    );
    expectMessage(error, {
      what: "",
      code: "IO",
      message: /file\/out: a folder for the run; a part of the path is a file$/,
    });
  });

  it("may be an empty folder", async () => {
    dir = workplace();
    mkdirSync(join(dir, "out"));
    await trainIn(dir);
    expect(existsSync(join(dir, "out", "report.html"))).toBe(true);
  });

  it("may be used again after a run that was refused", async () => {
    dir = workplace();
    await failureOf(() => trainIn(dir, { tasks: "{ prices: regression }" }));
    await trainIn(dir);
    expect(existsSync(join(dir, "out", "report.html"))).toBe(true);
  });
});
