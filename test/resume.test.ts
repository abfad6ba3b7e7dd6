import { spawn } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { resolveConfig } from "../src/config/load.ts";
import { PolytaskError } from "../src/core/errors.ts";
import { Random } from "../src/core/random.ts";
import type { RunEvent } from "../src/run/experiment.ts";
import { trainRun } from "../src/run/train-run.ts";
import { resultsOf, tableCsv } from "./run-fixture.ts";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "polytask-resume-"));
  writeFileSync(join(dir, "rows.csv"), tableCsv(240));
});
afterAll(() => rmSync(dir, { recursive: true }));

type Options = Readonly<Record<string, unknown>>;

function configOf(training: Options, learner: Options = {}, seed = 3): Options {
  return {
    data: "rows.csv",
    inputs: {
      size: "number",
      kind: "category",
      note: { type: "text", buckets: 512, size: 8 },
    },
    tasks: { price: "regression", liked: "binary" },
    split: { type: "random", fractions: { validation: 0.2, test: 0.2 } },
    learner: { type: "neural", trunk: { sizes: [16], dropout: 0.2 }, ...learner },
    training: { batchSize: 16, threads: 1, ...training },
    seed,
  };
}

async function run(
  options: Options,
  out: string,
  how: { resume?: boolean; signal?: AbortSignal; onEvent?(event: RunEvent): void } = {},
): Promise<void> {
  await trainRun(resolveConfig(options), { out: join(dir, out), baseDir: dir, ...how });
}

async function failureOf(work: Promise<unknown>): Promise<PolytaskError> {
  const error = await work.then(
    () => undefined,
    (e) => e,
  );
  expect(error).toBeInstanceOf(PolytaskError);
  return error;
}

/** Runs the child; gives the signal that ended it. */
function child(args: readonly string[], killAfterEpochs?: number): Promise<string | null> {
  const script = fileURLToPath(new URL("./train-child.ts", import.meta.url));
  return new Promise((resolve, reject) => {
    const started = spawn(process.execPath, ["--import", "tsx", script, ...args]);
    let epochs = 0;
    let told = "";
    started.stdout.on("data", (data: Buffer) => {
      epochs += data.toString().split("\n").length - 1;
      if (killAfterEpochs !== undefined && epochs >= killAfterEpochs) started.kill("SIGKILL");
    });
    started.stderr.on("data", (data: Buffer) => {
      told += data.toString();
    });
    started.on("close", (code, signal) => {
      if (signal !== null || code === 0) resolve(signal);
      else reject(new Error(told));
    });
  });
}

/** Everything at once: dropout, Adam, moving average, early stopping, several batches a step. */
const everything = configOf({
  epochs: 14,
  optimizer: { type: "adam", learningRate: 0.01 },
  averaging: { type: "exponential", decay: 0.9 },
  earlyStopping: { patience: 6 },
  accumulate: 2,
  schedule: { type: "cosine", warmup: 0.1 },
  clip: { type: "norm", maximum: 1 },
});

describe("a run killed with SIGKILL and resumed", () => {
  it("ends with the bytes of the uninterrupted run, wherever it is killed", async () => {
    await run(everything, "whole");
    const file = join(dir, "everything.json");
    writeFileSync(file, JSON.stringify({ name: "everything", ...everything }));
    const out = join(dir, "killed");
    const random = Random.from(11, "moments");
    const moments = [
      ["step", 5 + random.integer(20)],
      // Each checkpoint writes its parts in several calls.
      ["write", 20 + random.integer(40)],
      ["rename", 1 + random.integer(2)],
      ["fsync", 1 + random.integer(4)],
    ] as const;
    for (const [moment, count] of moments) {
      expect([moment, await child([file, out, moment, String(count)])]).toEqual([
        moment,
        "SIGKILL",
      ]);
    }
    expect(await child([file, out], 1)).toBe("SIGKILL");
    expect(await child([file, out])).toBeNull();
    expect(resultsOf(out)).toEqual(resultsOf(join(dir, "whole")));
    const left = readdirSync(out, { recursive: true }).map(String);
    expect(left.filter((name) => name.endsWith(".tmp"))).toEqual([]);
  }, 180_000);
});

describe("a run that a signal stops", () => {
  const variants: Record<string, Options> = {
    "everything at once": everything,
    "momentum, batch norm and a uniform average": configOf(
      {
        epochs: 6,
        optimizer: { type: "sgd", momentum: 0.9, learningRate: 0.01 },
        averaging: { type: "uniform", start: 0.3 },
        earlyStopping: { rule: "price" },
      },
      { trunk: { sizes: [16], dropout: 0.1, norm: "batch" }, regularization: { l1: 1e-4 } },
    ),
    "layers that are frozen for a while, and rates of their own": configOf(
      {
        epochs: 6,
        optimizer: { type: "adam", learningRate: 0.01 },
        freeze: { encoders: 2, "sharing.trunk": 4 },
        learningRates: { "encoder.note": 0.3, heads: 2 },
      },
      { regularization: { l1: 1e-4 } },
    ),
    "gradient descent on all rows": configOf({ epochs: 30, optimizer: "gd" }),
    "iterations of L-BFGS": configOf(
      { epochs: 25, optimizer: "lbfgs" },
      { trunk: { sizes: [16], dropout: 0 }, regularization: { l2: 1e-3 } },
    ),
  };

  for (const [name, options] of Object.entries(variants)) {
    it(`goes on in the middle of an epoch: ${name}`, async () => {
      const slug = name.replaceAll(/\W/g, "-");
      await run(options, `${slug}-whole`);
      const random = Random.from(5, slug);
      let interruptions = 0;
      for (let done = false; !done; ) {
        const controller = new AbortController();
        let left = 4 + random.integer(9);
        try {
          await run(options, `${slug}-parts`, {
            resume: true,
            signal: controller.signal,
            onEvent: (event) => {
              if (event.type === "step" && --left === 0) controller.abort();
            },
          });
          done = true;
        } catch (error) {
          expect(error).toMatchObject({ code: "INTERRUPTED" });
          expect((error as PolytaskError).hint).toBe(
            "the checkpoint is kept: add --resume to continue",
          );
          interruptions++;
          expect(interruptions).toBeLessThan(60);
        }
      }
      expect(interruptions).toBeGreaterThan(1);
      expect(resultsOf(join(dir, `${slug}-parts`))).toEqual(resultsOf(join(dir, `${slug}-whole`)));
    }, 120_000);
  }
});

describe("checkpoints", () => {
  const short = configOf({ epochs: 4 });
  const other = configOf({ epochs: 4 }, {}, 4);
  const checkpoints = (out: string) =>
    readdirSync(join(dir, out, "checkpoints"))
      .sort()
      .map((name) => join(dir, out, "checkpoints", name));
  let interrupted: string;

  /** A run stopped after two epochs and some steps, copied for each test. */
  beforeAll(async () => {
    interrupted = join(dir, "interrupted");
    const controller = new AbortController();
    const stopped = run(short, "interrupted", {
      signal: controller.signal,
      onEvent: (event) => {
        if (event.type === "step" && event.epoch === 2 && event.step > 20) controller.abort();
      },
    });
    expect((await failureOf(stopped)).code).toBe("INTERRUPTED");
    await run(short, "short-whole");
  });
  const copy = (out: string) => cpSync(interrupted, join(dir, out), { recursive: true });
  const flip = (path: string, at: number) => {
    const bytes = readFileSync(path);
    bytes[at < 0 ? bytes.length + at : at] ^= 4;
    writeFileSync(path, bytes);
  };

  it("falls back to the one before a damaged one, and says so", async () => {
    copy("fallback");
    const [older, newer] = checkpoints("fallback");
    expect(older).toBeDefined();
    flip(newer, -9);
    const warnings: string[] = [];
    await run(short, "fallback", {
      resume: true,
      onEvent: (event) => {
        if (event.type === "warning") warnings.push(event.message);
      },
    });
    expect(warnings).toEqual([
      `${newer}: an intact checkpoint; its checksum does not match; the one before it is used`,
    ]);
    expect(resultsOf(join(dir, "fallback"))).toEqual(resultsOf(join(dir, "short-whole")));
  });

  it("refuses to go on from damaged ones alone", async () => {
    copy("damaged");
    const [older, newer] = checkpoints("damaged");
    writeFileSync(older, "");
    writeFileSync(newer, readFileSync(newer).subarray(0, 200));
    const error = await failureOf(run(short, "damaged", { resume: true }));
    expect(error.code).toBe("CHECKPOINT_CORRUPT");
    expect(error.message).toBe(`${newer}: an intact checkpoint; its checksum does not match`);
    expect(checkpoints("damaged")).toEqual([older, newer]);
  });

  it("refuses those of another configuration, and keeps them", async () => {
    copy("other");
    const before = checkpoints("other").map((path) => readFileSync(path).toString("base64"));
    const error = await failureOf(run(other, "other", { resume: true }));
    expect(error.code).toBe("CHECKPOINT_CORRUPT");
    expect(error.message).toMatch(/^resume: a checkpoint of the same configuration, data and/);
    expect(checkpoints("other").map((path) => readFileSync(path).toString("base64"))).toEqual(
      before,
    );
  });

  it("refuses to write over a finished run of another configuration", async () => {
    await run(short, "finished");
    const before = resultsOf(join(dir, "finished"));
    rmSync(join(dir, "finished", "checkpoints"), { recursive: true });
    const error = await failureOf(run(other, "finished", { resume: true }));
    expect(error.message).toMatch(/^resume: the configuration, data and versions of the run/);
    expect(resultsOf(join(dir, "finished"))).toEqual(before);
  });

  it("sweeps what a crash left half-written", async () => {
    copy("swept");
    const rest = [
      "checkpoints/step-0000000099.ckpt.tmp",
      "metrics.json.tmp",
      "model/model.onnx.tmp",
    ];
    mkdirSync(join(dir, "swept", "model"));
    for (const name of rest) writeFileSync(join(dir, "swept", name), "half");
    await run(short, "swept", { resume: true });
    const left = readdirSync(join(dir, "swept"), { recursive: true }).map(String);
    expect(left.filter((name) => name.endsWith(".tmp"))).toEqual([]);
    expect(resultsOf(join(dir, "swept"))).toEqual(resultsOf(join(dir, "short-whole")));
  });
});

describe("seeds", () => {
  it("the same gives the same bytes, another gives others", async () => {
    const options = configOf({ epochs: 3 });
    await run(options, "seed-a");
    await run(options, "seed-b");
    await run(configOf({ epochs: 3 }, {}, 4), "seed-c");
    const [a, b, c] = ["seed-a", "seed-b", "seed-c"].map((out) => resultsOf(join(dir, out)));
    expect(b).toEqual(a);
    expect(c.model).not.toBe(a.model);
    expect(c.predictions).not.toBe(a.predictions);
  });
});
