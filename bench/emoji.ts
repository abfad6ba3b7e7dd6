/**
 * @file Does the emoji example's network beat the linear text model on every task? The same splits, blanks and metrics as
 * `bench/peers/emoji_sklearn.py`: 80 % of the rows train (no row is set apart for validation), 20 % test.
 *
 *     npx tsx bench/emoji.ts [--seeds 0,1,2,3,4]
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { parseConfig } from "../src/config/load.ts";
import { openSource } from "../src/data/source.ts";
import { fitFamily } from "../src/model/fit.ts";
import { resolveSpecs } from "../src/model/specs.ts";
import { memoryStream } from "../src/model/stream.ts";

const measured = [
  ["category", "accuracy"],
  ["subcategory", "accuracy"],
  ["has_skin_tones", "rocAuc"],
  ["added_in", "r2"],
] as const;

const { values } = parseArgs({ options: { seeds: { type: "string", default: "0,1,2,3,4" } } });
const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const splits = JSON.parse(readFileSync(path("peers/emoji_splits.json"), "utf8")) as {
  test: Record<string, number[]>;
};
const file = path("../examples/emoji/config.yaml");
const { config } = parseConfig(readFileSync(file, "utf8"), { file });
const source = await openSource(path("../examples/emoji/emoji.parquet"));
const table = await source.read();
const specs = resolveSpecs({ inputs: config.inputs, tasks: config.tasks, reserved: [] }, table);

const scores: number[][] = [];
for (const seed of values.seeds.split(",")) {
  const test = Int32Array.from(splits.test[seed]).sort();
  const held = new Set(test);
  const train = Int32Array.from({ length: table.rows }, (_, i) => i).filter((i) => !held.has(i));
  const started = performance.now();
  const { learner, training } = config;
  const outcome = await fitFamily({
    stream: memoryStream(table),
    specs,
    split: { train, validation: new Int32Array(0), test },
    learner,
    training,
    seed: config.seed,
    badCells: "error",
  });
  const seconds = (performance.now() - started) / 1000;
  const row = measured.map(
    ([task, metric]) => outcome.results.test?.evaluations[task].metrics[metric] ?? Number.NaN,
  );
  outcome.fitted.dispose();
  scores.push(row);
  console.log(
    JSON.stringify({
      seed,
      ...Object.fromEntries(measured.map(([task], i) => [task, row[i]])),
      seconds,
    }),
  );
}
source.close();

const mean = measured.map((_, i) => scores.reduce((sum, row) => sum + row[i], 0) / scores.length);
const deviation = measured.map((_, i) =>
  Math.sqrt(
    scores.reduce((sum, row) => sum + (row[i] - mean[i]) ** 2, 0) / Math.max(1, scores.length - 1),
  ),
);
console.log(
  JSON.stringify({
    mean: Object.fromEntries(measured.map(([task], i) => [task, mean[i]])),
    deviation,
  }),
);
