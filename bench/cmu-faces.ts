/**
 * @file CMU Face Images: person, pose, expression and sunglasses of 624 grey pictures of 60 × 64, four tasks of one
 * network. Every fifth row is the test; the last epoch counts.
 *
 *     npx tsx bench/cmu-faces.ts [--seeds 0,1,2] [--only cnn,resnet] [--epochs 40] [--set '{"picture": {…}}'] [--tune] [--write]
 *
 * `--tune` leaves the test alone: rows 1, 6, 11 … are scored, the others but the test learned from. Pictures are varied while
 * training, but never mirrored, as left and right are poses. `--write` writes results/cmu-faces.json.
 */
import { existsSync, readFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import sharp from "sharp";
import { resolveConfig } from "../src/config/load.ts";
import { tableFromRows } from "../src/data/from-rows.ts";
import { fitRows, keepResults, mean } from "./fit.ts";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const { values } = parseArgs({
  options: {
    data: { type: "string", default: at("../../shared/data/cmu-faces") },
    seeds: { type: "string", default: "0,1,2" },
    only: { type: "string", default: "cnn" },
    epochs: { type: "string", default: "40" },
    set: { type: "string", default: "{}" },
    tune: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});
if (!existsSync(join(values.data, "labels.csv"))) {
  console.log(`skipped: no labels.csv in ${values.data}`);
  process.exit(0);
}

const tasks = ["person", "pose", "expression", "eyes"] as const;
const targets = { person: 0.97, pose: 0.95, eyes: 0.95 };
const [height, width] = [60, 64];
const packed = gunzipSync(readFileSync(join(values.data, "half-images-idx3-ubyte.gz")));
const pixels = packed.subarray(packed.length - 624 * height * width);
const [, ...lines] = readFileSync(join(values.data, "labels.csv"), "utf8").trim().split("\n");
const table = tableFromRows(
  await Promise.all(
    lines.map(async (line, i) => {
      const [, person, pose, expression, eyes] = line.trim().split(",");
      const own = pixels.subarray(i * height * width, (i + 1) * height * width);
      const png = await sharp(own, { raw: { width, height, channels: 1 } })
        .png()
        .toBuffer();
      return { picture: new Uint8Array(png), person, pose, expression, eyes };
    }),
  ),
);
const rows = (keep: (remainder: number) => boolean) =>
  Int32Array.from(lines.flatMap((_, i) => (keep(i % 5) ? [i] : [])));
const scored = values.tune ? 1 : 0;
const split = {
  train: rows((r) => r !== 0 && r !== scored),
  validation: new Int32Array(0),
  test: rows((r) => r === scored),
};

const override = JSON.parse(values.set) as Record<string, Readonly<Record<string, unknown>>>;
const encoders: Readonly<Record<string, object>> = {
  cnn: { encoder: "cnn", filters: [8, 16, 32], dropout: 0.3 },
  resnet: { encoder: "resnet", filters: [16, 32, 64] },
};

async function run(encoder: string, seed: number): Promise<Record<string, number>> {
  const config = resolveConfig({
    data: "faces",
    inputs: {
      picture: {
        type: "image",
        channels: 1,
        augment: { shift: 0.05, zoom: 0.1, brightness: 0.2, contrast: 0.2 },
        ...encoders[encoder],
        ...override.picture,
      },
    },
    tasks: Object.fromEntries(tasks.map((task) => [task, "multiclass"])),
    learner: { type: "neural", trunk: { sizes: [] }, ...override.learner },
    training: {
      epochs: Number(values.epochs),
      batchSize: 32,
      threads: 1,
      optimizer: { type: "adamw", learningRate: 0.002, weightDecay: 0.05 },
      schedule: { type: "cosine" },
      ...override.training,
    },
    seed,
  });
  const fit = await fitRows(config, table, split);
  return {
    ...Object.fromEntries(tasks.map((task) => [task, fit.test(task)])),
    seconds: Math.round(fit.seconds),
  };
}

const results: Record<string, object> = {};
for (const encoder of values.only.split(",")) {
  const runs: Record<string, number>[] = [];
  for (const seed of values.seeds.split(",").map(Number)) {
    runs.push(await run(encoder, seed));
    console.log(JSON.stringify({ encoder, seed, ...runs.at(-1) }));
  }
  results[encoder] = {
    ...Object.fromEntries(
      tasks.map((task) => {
        const found = runs.map((r) => r[task]);
        return [task, { mean: mean(found), least: Math.min(...found) }];
      }),
    ),
    runs,
  };
}
console.log(JSON.stringify(results));
if (values.write && !values.tune) {
  keepResults(at("results/cmu-faces.json"), {
    question: "Accuracy of four tasks from one picture of a face, every fifth row the test",
    targets,
    train: split.train.length,
    test: split.test.length,
    epochs: Number(values.epochs),
    results,
    load: loadavg().map((l) => Math.round(l)),
  });
}
