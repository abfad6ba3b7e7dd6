import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readModel } from "../compiler/onnx/read.ts";
import { parseConfig } from "../config/load.ts";
import { Random } from "../core/random.ts";
import { type TransferEvent, transferRun } from "../run/transfer-run.ts";
import { polytask as polytaskIn } from "./fixtures/recording.ts";

/** Rows in which one hidden sum of the inputs decides both tasks; names of columns may differ. */
function table(rows: number, seed: number, names: readonly string[], extra = false): string {
  const random = Random.from(seed, "transfer");
  const lines = [[...names, ...(extra ? ["noise"] : []), "colour", "score", "grade"].join(",")];
  for (let r = 0; r < rows; r++) {
    const x = names.map(() => random.normal());
    const hidden = x.reduce((sum, v, i) => sum + v * (i % 2 === 0 ? 1 : -0.7), 0);
    const colour = ["red", "green", "blue"][random.integer(3)];
    const grade = hidden < -0.8 ? "low" : hidden > 0.8 ? "high" : "mid";
    const noise = extra ? [random.normal().toFixed(3)] : [];
    lines.push(
      [
        ...x.map((v) => v.toFixed(3)),
        ...noise,
        colour,
        (hidden + 0.2 * random.normal()).toFixed(3),
        grade,
      ].join(","),
    );
  }
  return `${lines.join("\n")}\n`;
}

const long = ["a", "b", "c", "d", "e", "f"];
const source = (learner: string) => `data: old.csv
inputs: [a, b, c, d, e, f, colour]
tasks: { score: regression, grade: multiclass }
learner: ${learner}
training: { epochs: 12, batchSize: 32, threads: 1, optimizer: { type: adamw, learningRate: 0.01 } }
split: { type: random, fractions: { validation: 0.1, test: 0.1 } }
`;
const target = `data: new.csv
inputs: [first, b, c, d, e, f, noise, colour]
tasks: { score: regression, colour2: multiclass }
training: { epochs: 4, batchSize: 16, threads: 1, optimizer: { type: adamw, learningRate: 0.01 } }
split: { type: random, fractions: { validation: 0.15, test: 0.2 } }
transfer:
  inputs: { first: a }
  folds: 4
  seeds: 1
`.replace("colour2: multiclass", "grade: multiclass");

let dir: string;
const polytask = (...args: string[]) => polytaskIn(dir, ...args);

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "polytask-transfer-"));
  writeFileSync(join(dir, "old.csv"), table(500, 1, long));
  writeFileSync(join(dir, "new.csv"), table(90, 2, ["first", "b", "c", "d", "e", "f"], true));
  writeFileSync(join(dir, "old.yaml"), source("{ type: neural, trunk: { sizes: [16] } }"));
  writeFileSync(join(dir, "new.yaml"), target);
  expect((await polytask("train", "old.yaml", "--out", "old", "--json")).code).toBe(0);
}, 60_000);
afterAll(() => rmSync(dir, { recursive: true }));

describe("polytask transfer", () => {
  it("prints its plan, says what won, and leaves a run that predicts", async () => {
    const found = await polytask("transfer", "old", "new.yaml", "--out", "new", "--jobs", "0");
    expect(found.err).not.toContain("error");
    expect(found.code).toBe(0);
    expect(found.out).toContain("Starting from the model of old:");
    expect(found.out).toMatch(/first\s+number\s+from a\s+kept/);
    expect(found.out).toMatch(/noise\s+number\s+new\s+learned/);
    expect(found.out).toMatch(/partly copied\s+1\s+/);
    expect(found.out).toMatch(/task\s+metric\s+from scratch\s+transfer\s+verdict\s+p/);
    expect(found.out).toMatch(/Starting from the trained model won on all tasks\./);
    const report = readFileSync(join(dir, "new", "report.html"), "utf8");
    expect(report).toContain("Transfer or from scratch");
    expect(report).toContain("won on all tasks");
    const summary = JSON.parse(readFileSync(join(dir, "new", "transfer.json"), "utf8"));
    const score = summary.comparison.tasks[0];
    expect(score).toMatchObject({ name: "score", metric: "rmse", against: { verdict: "helps" } });
    expect(score.curves.transfer).toHaveLength(4);
    expect(score.curves.transfer[0].trainLoss).toBeLessThan(score.curves.scratch[0].trainLoss);
    const predicted = await polytask(
      "predict",
      join(dir, "new"),
      join(dir, "new.csv"),
      "--out",
      "p.csv",
    );
    expect(predicted.err).not.toContain("error");
    expect(predicted.code).toBe(0);
    const written = readFileSync(join(dir, "new", "config.yaml"), "utf8");
    expect(parseConfig(written, { file: "config.yaml" }).config.learner).toMatchObject({
      trunk: { sizes: [16] },
    });
    const again = await polytask("transfer", "old", "new.yaml", "--out", "new");
    expect(again.code).toBe(74);
    expect(again.err).toContain("add --resume");
  }, 120_000);

  it("prints JSON alone, and a plan alone", async () => {
    const args = ["transfer", "old", "new.yaml", "--json", "--seed", "4"];
    const found = await polytask(...args, "--out", "j", "--folds", "0");
    expect(found.code).toBe(0);
    const summary = JSON.parse(found.out);
    expect(summary.comparison).toBeNull();
    expect(Object.keys(summary.run.tasks)).toEqual(["score", "grade"]);
    const plan = JSON.parse((await polytask(...args, "--plan")).out);
    expect(plan.run).toBeNull();
    expect(plan.plan).toEqual(summary.plan);
    expect(plan.plan.totals).toMatchObject({ copied: expect.any(Number), all: expect.any(Number) });
    expect(existsSync(join(dir, "undefined"))).toBe(false);
  }, 60_000);

  it("starts at the trained model: without training it predicts as that does", async () => {
    writeFileSync(
      join(dir, "held.yaml"),
      `${source("{ type: neural, trunk: { sizes: [16] } }").replace(/learner:.*\n/, "")}transfer:
  states: keep
  freeze: { encoders: always, sharing: always, heads: always }
  folds: 0
`,
    );
    expect((await polytask("transfer", "old", "held.yaml", "--out", "held")).code).toBe(0);
    const predictions = async (run: string) => {
      expect(
        (
          await polytask(
            "predict",
            join(dir, run),
            join(dir, "new-as-old.csv"),
            "--out",
            `of-${run}.csv`,
          )
        ).code,
      ).toBe(0);
      return readFileSync(join(dir, `of-${run}.csv`), "utf8");
    };
    writeFileSync(join(dir, "new-as-old.csv"), table(90, 2, long));
    expect(await predictions("held")).toBe(await predictions("old"));
  }, 60_000);

  it("goes on where it was interrupted, to the same bytes", async () => {
    const { config, given } = parseConfig(target, { file: "new.yaml" });
    const run = (out: string, resume: boolean, stopAfter?: (event: TransferEvent) => boolean) => {
      const controller = new AbortController();
      return transferRun(join(dir, "old"), config, {
        out: join(dir, out),
        baseDir: dir,
        given,
        jobs: 0,
        resume,
        signal: controller.signal,
        onEvent: (event) => {
          if (stopAfter?.(event)) controller.abort();
        },
      });
    };
    await run("whole", false);
    await expect(
      run("parts", false, (e) => e.type === "fit" && e.done === 2),
    ).rejects.toMatchObject({ code: "INTERRUPTED" });
    let plans = 0;
    let steps = 0;
    await expect(
      run("parts", true, (event) => {
        if (event.type === "plan") plans = event.done;
        return event.type === "step" && ++steps === 7;
      }),
    ).rejects.toMatchObject({ code: "INTERRUPTED" });
    expect(plans).toBe(2);
    await run("parts", true);
    const bytes = (out: string) => readFileSync(join(dir, out, "model", "model.onnx"));
    expect(bytes("parts").equals(bytes("whole"))).toBe(true);
  }, 120_000);
});

describe("polytask transfer of a linear model", () => {
  const small = target
    .replace("seeds: 1", "seeds: 4")
    .replace("{ validation: 0.15, test: 0.2 }", "{ validation: 0.1, test: 0.6 }");
  const write = (name: string, text: string) => writeFileSync(join(dir, name), text);

  beforeAll(async () => {
    write("lin.yaml", source("linear"));
    expect((await polytask("train", "lin.yaml", "--out", "lin", "--json")).code).toBe(0);
    write("lin-new.yaml", small);
  }, 60_000);

  it("finds weights by input, feature and class, and wins where rows are few", async () => {
    const args = ["transfer", "lin", "lin-new.yaml", "--out", "lin-new", "--jobs", "0"];
    const found = await polytask(...args);
    expect(found.err).not.toContain("error");
    expect(found.code).toBe(0);
    expect(found.out).toMatch(/first\s+number\s+from a\s+kept.*1 known, 0 new, 0 gone/);
    expect(found.out).toMatch(/noise\s+number\s+new\s+learned\s+0 known, 1 new, 0 gone/);
    expect(found.out).toMatch(/colour\s+category\s+same name.*5 known, 0 new, 0 gone/);
    expect(found.out).toMatch(/grade\s+accuracy.*helps/);
    const report = readFileSync(join(dir, "lin-new", "report.html"), "utf8");
    expect(report).toContain("weights of features");
    expect(report).toContain("Transfer or from scratch");
  }, 120_000);

  it("stays at the trained model under a strong pull", async () => {
    write("lin-held.yaml", source("linear").replace(/old.csv/, "some.csv"));
    write("some.csv", table(60, 3, long));
    const args = ["lin", "lin-held.yaml", "--folds", "0", "--set", "transfer.states=keep"];
    const far = await polytask(
      ...["transfer", ...args, "--out", "lin-held", "--set", "transfer.pull=1e9"],
    );
    expect(far.err).not.toContain("error");
    const weights = (run: string) => {
      const model = readModel(readFileSync(join(dir, run, "model", "model.onnx")), run);
      const names = model.initializerNames.filter((name) => name.startsWith("weight."));
      return names.flatMap((name) => Array.from(model.initializer(name).data as Float32Array));
    };
    const before = weights("lin");
    expect(before.length).toBe((6 + 5) * 4);
    weights("lin-held").forEach((value, i) => {
      expect(value).toBeCloseTo(before[i], 4);
    });
  }, 60_000);

  it("refuses rates, and networks refuse a pull", async () => {
    const refused = async (run: string, set: string, message: string) => {
      const args = ["lin-new.yaml", "--out", "x", "--set", set];
      const found = await polytask("transfer", run, ...args);
      expect(found.err).toContain(message);
      expect(found.code).toBe(65);
    };
    await refused(
      "lin",
      "transfer.gradual=2",
      "transfer: rates and freezing for networks alone; got gradual beside a linear model",
    );
    await refused("old", "transfer.pull=2", "transfer.pull: auto beside a neural model; got 2");
  });
});

describe("polytask transfer refuses", () => {
  const copyOf = (name: string) => {
    cpSync(join(dir, "old"), join(dir, name), { recursive: true });
    return name;
  };
  const fails = async (args: readonly string[], code: number, message: string) => {
    const found = await polytask("transfer", ...args, "--jobs", "0");
    expect(found.err).toContain(message);
    expect(found.code).toBe(code);
  };

  it("what is no run folder", async () => {
    await fails(
      ["nowhere", "new.yaml", "--out", "x"],
      74,
      "nowhere: the folder of a finished run; there is nothing",
    );
    await fails(
      ["new.csv", "new.yaml", "--out", "x"],
      74,
      "new.csv: the folder of a finished run; it is a file",
    );
    rmSync(join(dir, copyOf("bare"), "config.yaml"));
    await fails(
      ["bare", "new.yaml", "--out", "x"],
      74,
      "bare: the folder of a finished run; it has no config.yaml",
    );
    expect(existsSync(join(dir, "x"))).toBe(false);
  });

  it("a model that is damaged, or that other options made", async () => {
    const path = join(dir, copyOf("damaged"), "model", "model.onnx");
    const bytes = readFileSync(path);
    bytes[bytes.length >> 1] ^= 1;
    writeFileSync(path, bytes);
    await fails(["damaged", "new.yaml", "--out", "x"], 65, "model.onnx: SHA-256");
    const config = join(dir, copyOf("other"), "config.yaml");
    const text = readFileSync(config, "utf8");
    expect(text).toMatch(/sizes:\s*\[?\s*-?\s*16/);
    writeFileSync(config, text.replace(/(sizes:\s*\[?\s*-?\s*)16/, "$117"));
    await fails(
      ["other", "new.yaml", "--out", "x"],
      65,
      "other: the parameter sharing.trunk.0.linear.weight of shape [",
    );
  });

  it("families that cannot start from another fit, or another than the model's", async () => {
    const train = async (name: string, learner: string) => {
      writeFileSync(join(dir, `${name}.yaml`), source(learner));
      expect((await polytask("train", `${name}.yaml`, "--out", name, "--json")).code).toBe(0);
    };
    await train("naive", "baseline");
    await fails(
      ["naive", "new.yaml", "--out", "x"],
      65,
      "naive: a model of a family that another fit can start from (linear, neural); it is baseline: it reads no input, and has no weights to take over",
    );
    await train(
      "stack",
      "{ type: stacking, folds: 2, members: { line: { learner: { type: linear } } } }",
    );
    await fails(["stack", "new.yaml", "--out", "x"], 65, "it is stacking: its members are models");
    writeFileSync(join(dir, "to-linear.yaml"), `${target}learner: linear\n`);
    await fails(
      ["old", "to-linear.yaml", "--out", "x"],
      65,
      "learner: neural, the family of the model in old; got linear",
    );
  }, 60_000);

  it("tables without a shared input, names that are not there, and flags that are wrong", async () => {
    writeFileSync(
      join(dir, "apart.yaml"),
      target
        .replace("[first, b, c, d, e, f, noise, colour]", "[noise]")
        .replace("inputs: { first: a }", "states: auto"),
    );
    await fails(
      ["old", "apart.yaml", "--out", "x"],
      65,
      "transfer: an input that the new table shares with old",
    );
    writeFileSync(join(dir, "names.yaml"), target.replace("first: a", "frist: a"));
    await fails(["old", "names.yaml", "--out", "x"], 65, "did you mean first?");
    writeFileSync(join(dir, "key.yaml"), target.replace("seeds: 1", "seed: 1"));
    await fails(["old", "key.yaml", "--out", "x"], 65, "key.yaml:");
    await fails(["old", "new.yaml"], 64, "polytask transfer: --out DIR; got nothing");
    await fails(
      ["old", "new.yaml", "--out", "x", "--folds", "1"],
      64,
      "folds: a whole number from 2 to 1000; got 1",
    );
  });
});

describe("tasks with rows of their own", () => {
  it("may be those of the new table, not of the trained model", async () => {
    writeFileSync(
      join(dir, "by.yaml"),
      target
        .replace("score: regression", "score: { type: regression, by: grade }")
        .replace("grade: multiclass", "colour3: { type: regression, column: noise }")
        .replace(", noise, colour]", "]")
        .replace("folds: 4", "folds: 2")
        .replace("epochs: 4", "epochs: 1"),
    );
    const found = await polytask("transfer", "old", "by.yaml", "--out", "by", "--jobs", "0");
    expect(found.err).not.toContain("error");
    expect(found.code).toBe(0);
    const { comparison } = JSON.parse(readFileSync(join(dir, "by", "transfer.json"), "utf8"));
    expect(comparison.tasks.map((t: { name: string }) => t.name)).toContain("score.low");
  }, 120_000);

  it.each([
    ["linear", "linear"],
    ["neural", "{ type: neural, trunk: { sizes: [16] } }"],
  ])(
    "meet by the value, of a %s model: known, new and gone ones",
    async (name, learner) => {
      const config = (data: string) => `data: ${data}
inputs: [a, b, c, d, e, f]
tasks: { score: { type: regression, by: colour } }
learner: ${learner}
training: { epochs: 3, batchSize: 16, threads: 1 }
split: { type: random, fractions: { validation: 0.1, test: 0.1 } }
`;
      const black = (text: string) => text.replaceAll(",red,", ",black,");
      writeFileSync(join(dir, "values.csv"), black(table(120, 6, long)));
      writeFileSync(join(dir, `${name}-first.yaml`), config("old.csv"));
      writeFileSync(join(dir, `${name}-values.yaml`), config("values.csv"));
      const first = `${name}-first`;
      expect((await polytask("train", `${first}.yaml`, "--out", first, "--json")).code).toBe(0);
      const out = `${name}-values`;
      const found = await polytask(
        ...["transfer", first, `${name}-values.yaml`, "--out", out, "--folds", "2", "--seeds", "1"],
        ...["--jobs", "0"],
      );
      expect(found.err).not.toContain("error");
      expect(found.code).toBe(0);
      expect(found.out).toMatch(/score\.blue\s+regression\s+same name\s+reused/);
      expect(found.out).toMatch(
        /score\.black\s+regression\s+mean of score\s+reused.*colour black is new: the mean of the 3 tasks of score/,
      );
      expect(found.out).toMatch(/score\.red\s+.*the new training rows have no colour red/);
      const predicted = await polytask(
        ...["predict", join(dir, out), "values.csv", "--out", `${out}.csv`],
      );
      expect(predicted.code).toBe(0);
      // From a model by values to a task without, and back.
      const plain = config("values.csv").replace(", by: colour", "");
      writeFileSync(join(dir, `${name}-plain.yaml`), plain);
      const merged = await polytask("transfer", first, `${name}-plain.yaml`, "--plan");
      expect(merged.out).toMatch(/score\s+regression\s+mean of score\s+reused/);
    },
    120_000,
  );
});
