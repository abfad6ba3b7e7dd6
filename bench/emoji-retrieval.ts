/**
 * @file How well are pictures of emoji found from their words and back, by alignment alone and beside four tasks with
 * labels? The five splits of `bench/peers/emoji_splits.json`: 80 % of the rows train, 20 % are ranked.
 *
 *     npx tsx bench/emoji-retrieval.ts [--seeds 0,1,2,3,4] [--only alone|together] [--epochs N]
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { parseConfig } from "../src/config/load.ts";
import { openSource } from "../src/data/source.ts";
import { fitRows, mean, span } from "./fit.ts";

const measured = [
  ["match", "recallAt1Forward"],
  ["match", "recallAt10Forward"],
  ["match", "medianRankForward"],
  ["match", "recallAt1Backward"],
  ["match", "recallAt10Backward"],
  ["match", "medianRankBackward"],
  ["match", "map"],
  ["category", "accuracy"],
  ["subcategory", "accuracy"],
  ["has_skin_tones", "rocAuc"],
  ["added_in", "r2"],
] as const;

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "0,1,2,3,4" },
    only: { type: "string" },
    epochs: { type: "string" },
  },
});
const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const splits = JSON.parse(readFileSync(path("peers/emoji_splits.json"), "utf8")) as {
  test: Record<string, number[]>;
};
const file = path("../examples/emoji/search.yaml");
const { config } = parseConfig(readFileSync(file, "utf8"), { file });
const source = await openSource(path("../examples/emoji/emoji.parquet"));
const table = await source.read();
const epochs = values.epochs === undefined ? config.training.epochs : Number(values.epochs);

for (const how of ["alone", "together"] as const) {
  if (values.only !== undefined && values.only !== how) continue;
  const alone = { match: { ...config.tasks.match, weight: 0.999 } } as typeof config.tasks;
  const tasks = how === "alone" ? alone : config.tasks;
  const training = { ...config.training, epochs };
  const scores: Record<string, number>[] = [];
  for (const seed of values.seeds.split(",")) {
    const test = Int32Array.from(splits.test[seed]).sort();
    const held = new Set(test);
    const train = span(0, table.rows).filter((i) => !held.has(i));
    const split = { train, validation: new Int32Array(0), test };
    const { results } = await fitRows({ ...config, tasks, training }, table, split);
    const row: Record<string, number> = {};
    for (const [task, metric] of measured) {
      const value = results.test?.evaluations[task]?.metrics[metric];
      if (value !== undefined) row[`${task}.${metric}`] = Number(value.toPrecision(4));
    }
    scores.push(row);
    console.error(how, seed, JSON.stringify(row));
  }
  const means = Object.keys(scores[0]).map((name) => {
    const each = mean(scores.map((row) => row[name]));
    return [name, Number(each.toPrecision(4))] as const;
  });
  console.log(JSON.stringify({ how, splits: scores.length, mean: Object.fromEntries(means) }));
}
source.close();
