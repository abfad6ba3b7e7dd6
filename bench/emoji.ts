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
import { deviation, fitRows, mean, span } from "./fit.ts";

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

const scores: number[][] = [];
for (const seed of values.seeds.split(",")) {
  const test = Int32Array.from(splits.test[seed]).sort();
  const held = new Set(test);
  const train = span(0, table.rows).filter((i) => !held.has(i));
  const split = { train, validation: new Int32Array(0), test };
  const { test: score, seconds } = await fitRows(config, table, split);
  const row = measured.map(([task, metric]) => score(task, metric));
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

const column = (i: number) => scores.map((row) => row[i]);
console.log(
  JSON.stringify({
    mean: Object.fromEntries(measured.map(([task], i) => [task, mean(column(i))])),
    deviation: measured.map((_, i) => deviation(column(i))),
  }),
);
