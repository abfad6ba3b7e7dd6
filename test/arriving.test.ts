/** Pictures and recordings that are decoded while a network trains give what they give when decoded first. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { polytask } from "../src/cli/fixtures/recording.ts";
import { resolveConfig } from "../src/config/load.ts";
import type { PolytaskError } from "../src/core/errors.ts";
import { Random } from "../src/core/random.ts";
import { families } from "../src/learners/families.ts";
import { pcm, wavOf } from "../src/modalities/audio/fixtures/wav-file.ts";
import type { RunEvent } from "../src/run/experiment.ts";
import { trainRun } from "../src/run/train-run.ts";
import { resultsOf } from "./run-fixture.ts";

const rows = 150;
/** Cells that cannot be read, by row. */
const badPhoto = 40;
const badClip = 90;

let dir: string;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "polytask-arriving-"));
  const random = Random.from(1, "cells");
  const lines = ["photo,clip,size,kind,price"];
  mkdirSync(join(dir, "files"));
  for (let i = 0; i < rows; i++) {
    const kind = random.integer(2);
    const background = { r: 100 * kind + random.integer(100), g: random.integer(256), b: 40 };
    const picture = sharp({ create: { width: 20, height: 16, channels: 3, background } });
    writeFileSync(join(dir, `files/${i}.png`), await picture.png().toBuffer());
    const wave = Array.from({ length: 600 }, (_, t) =>
      Math.round(9000 * Math.sin((t * (kind + 1)) / 3) + random.integer(500)),
    );
    writeFileSync(join(dir, `files/${i}.wav`), wavOf(pcm(...wave)));
    const photo = i % 11 === 0 ? "" : `files/${i === badPhoto ? "none" : i}.png`;
    const clip = i % 7 === 0 ? "" : `files/${i === badClip ? "none" : i}.wav`;
    lines.push([photo, clip, random.integer(9), "ab"[kind], i % 5 === 0 ? "" : i % 13].join(","));
  }
  writeFileSync(join(dir, "rows.csv"), `${lines.join("\n")}\n`);
  writeFileSync(join(dir, "few.csv"), `${lines.slice(0, 9).join("\n")}\n`);
  const emptied = lines.map((line, i) =>
    i === 0 ? line : `,,${line.split(",").slice(2).join(",")}`,
  );
  writeFileSync(join(dir, "empty.csv"), `${emptied.join("\n")}\n`);
});
afterAll(() => rmSync(dir, { recursive: true }));

const inputs = {
  photo: { type: "image", height: 8, width: 8, filters: [4], size: 4, augment: { shift: 0.2 } },
  clip: { type: "audio", encoder: "none", bands: 8, size: 4 },
  size: "number",
};

type Options = Readonly<Record<string, unknown>>;

const configOf = (training: Options = {}, rest: Options = {}): Options => ({
  data: "rows.csv",
  inputs,
  tasks: { kind: "multiclass", price: "regression" },
  split: { type: "random", fractions: { validation: 0.2, test: 0.2 } },
  learner: { type: "neural", trunk: { sizes: [8], dropout: 0.1 } },
  training: { epochs: 2, batchSize: 8, threads: 1, ...training },
  seed: 5,
  ...rest,
});

interface How {
  readonly resume?: boolean;
  readonly signal?: AbortSignal;
  onEvent?(event: RunEvent): void;
}

const run = (options: Options, out: string, how: How = {}) =>
  trainRun(resolveConfig(options), { out: join(dir, out), baseDir: dir, ...how });

/** Runs with everything decoded before training begins. */
async function decodeFirst(options: Options, out: string): Promise<void> {
  const can = families.neural.can as { arriving?: boolean };
  can.arriving = false;
  try {
    await run(options, out);
  } finally {
    can.arriving = true;
  }
}

const problemsOf = (out: string) =>
  JSON.parse(readFileSync(join(dir, out, "record.json"), "utf8")).quality.warnings;

describe("decoding beside training gives the bytes of decoding first", () => {
  it.each([
    ["gradient steps", {}, {}],
    ["rows sampled by task", { sampling: { type: "uniform" } }, {}],
    ["several batches a step", { accumulate: 3 }, {}],
    ["descent on all rows", { optimizer: "gd" }, {}],
    [
      "weights by gradients on validation rows",
      {},
      { learner: { type: "neural", trunk: { sizes: [8] }, weighting: { type: "autoLambda" } } },
    ],
    [
      "a solver",
      { optimizer: { type: "lbfgs" } },
      {
        learner: { type: "neural", trunk: { sizes: [8], dropout: 0 } },
        inputs: { ...inputs, photo: { type: "image", height: 8, width: 8, filters: [4], size: 4 } },
      },
    ],
    ["a table of eight rows", {}, { data: "few.csv" }],
    ["cells that are all missing", {}, { data: "empty.csv" }],
  ] as const)("with %s", async (what, training, rest) => {
    const [first, beside] = ["first", "beside"].map((way) => `${what}, ${way}`);
    await decodeFirst(configOf(training, rest), first);
    await run(configOf(training, rest), beside);
    expect(resultsOf(join(dir, beside))).toEqual(resultsOf(join(dir, first)));
    expect(problemsOf(beside)).toEqual(problemsOf(first));
  });
});

it("a table larger than the memory given keeps cells on disk, and gives the same bytes", async () => {
  await run(configOf(), "in-memory");
  const cached: string[][] = [];
  await run(configOf({}, { memoryLimit: "48MB" }), "streamed", {
    onEvent(event) {
      if (event.type === "start" || event.type === "stop")
        cached.push(readdirSync(join(dir, "streamed/cache")).filter((f) => f.endsWith(".cells")));
    },
  });
  expect(cached[0].length).toBeGreaterThan(0);
  expect(resultsOf(join(dir, "streamed"))).toEqual(resultsOf(join(dir, "in-memory")));
  expect(existsSync(join(dir, "streamed/cache"))).toBe(false);
});

it("a run interrupted while rows arrive and resumed ends with the same bytes", async () => {
  await run(configOf(), "whole");
  const stop = new AbortController();
  const events: string[] = [];
  const failure = await run(configOf(), "stopped", {
    signal: stop.signal,
    onEvent(event) {
      events.push(event.type);
      if (event.type === "step" && event.step === 2) stop.abort();
    },
  }).catch((error: PolytaskError) => error);
  expect(failure).toMatchObject({ code: "INTERRUPTED" });
  expect(events).not.toContain("epoch");
  await run(configOf(), "stopped", { resume: true });
  expect(resultsOf(join(dir, "stopped"))).toEqual(resultsOf(join(dir, "whole")));
});

describe("a cell that cannot be read", () => {
  it("is counted, and told once all cells are there", async () => {
    const told: string[] = [];
    await run(configOf(), "counted", {
      onEvent: (event) => {
        if (event.type === "warning") told.push(event.message);
      },
    });
    expect(told.filter((message) => message.includes("counts as missing"))).toEqual([
      expect.stringMatching(
        /^input photo: 1 cell counts as missing; the first is data row 41: a picture file; got "files\/none\.png"/,
      ),
      expect.stringMatching(
        /^input clip: 1 cell counts as missing; the first is data row 91: a sound file; got "files\/none\.wav"/,
      ),
    ]);
  });

  it("stops the run by row and input where bad cells are errors", async () => {
    const steps: number[] = [];
    const failure = await run(configOf({ epochs: 50 }, { badCells: "error" }), "refused", {
      onEvent: (event) => {
        if (event.type === "epoch") steps.push(event.record.epoch);
      },
    }).catch((error: PolytaskError) => error);
    expect(failure).toMatchObject({
      code: "DATA_VALUE",
      message: expect.stringMatching(
        /data row (41, input photo|91, input clip): a readable cell; a/,
      ),
    });
    expect(steps.length).toBeLessThan(50);
  });

  it("ends the command with 65, and what is trained there later is whole", async () => {
    const config = configOf({}, { badCells: "error" });
    writeFileSync(join(dir, "strict.json"), JSON.stringify(config));
    const { code, err } = await polytask(dir, "train", "strict.json", "--out", "strict");
    expect(code).toBe(65);
    expect(err).toMatch(/error\[DATA_VALUE\].*data row (41, input photo|91, input clip)/);
    expect(existsSync(join(dir, "strict/model"))).toBe(false);
    await run(configOf(), "strict-whole");
    writeFileSync(join(dir, "lenient.json"), JSON.stringify(configOf()));
    const again = await polytask(dir, "train", "lenient.json", "--out", "strict");
    expect([again.code, again.err]).toEqual([0, expect.any(String)]);
    expect(resultsOf(join(dir, "strict"))).toEqual(resultsOf(join(dir, "strict-whole")));
  });
});

it("inputs that a task compares are decoded first, as rows without both sides do not count", async () => {
  const tasks = { kind: "multiclass", match: { type: "contrastive", inputs: ["photo", "clip"] } };
  await decodeFirst(configOf({}, { tasks }), "compared-first");
  await run(configOf({}, { tasks }), "compared");
  expect(resultsOf(join(dir, "compared"))).toEqual(resultsOf(join(dir, "compared-first")));
});
