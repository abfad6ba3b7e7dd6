/**
 * @file How well are the words of an emoji predicted from its picture and the picture from its words, and does
 * predicting words help to tell categories from pictures where few rows are labelled? The first splits of
 * `bench/peers/emoji_splits.json`: of the 80 % of rows that train, some have a category; 20 % are scored. Every fit
 * takes as many steps, and nothing is chosen on any row.
 *
 *     npx tsx bench/emoji-cells.ts [--seeds 0,1,2] [--labels 150] [--epochs 20] [--only words]
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { parseConfig } from "../src/config/load.ts";
import { Random } from "../src/core/random.ts";
import { type Column, cell } from "../src/data/columns.ts";
import { columnFromCells } from "../src/data/from-rows.ts";
import { openSource } from "../src/data/source.ts";
import { fitFamily } from "../src/model/fit.ts";
import { resolveSpecs } from "../src/model/specs.ts";
import { memoryStream } from "../src/model/stream.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "0,1,2" },
    labels: { type: "string", default: "150" },
    epochs: { type: "string", default: "20" },
    only: { type: "string" },
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

const category = { type: "multiclass", weight: 0.5, column: "category" };
const words = {
  type: "reconstruction",
  inputs: ["image", "label+tags"],
  target: "cells",
  weight: 0.5,
};
const picture = {
  type: "reconstruction",
  inputs: ["label+tags", "image"],
  target: "cells",
  weight: 0.5,
};
const match = {
  type: "contrastive",
  inputs: ["image", "label+tags"],
  size: 64,
  dropout: 0.3,
  weight: 0.5,
};
/** What is learned beside the category, whose λ is the same in all. */
const regimes = {
  "category alone": { category },
  words: { category, words },
  alignment: { category, match },
  "words and picture": { words, picture },
};
/** Categories are to be told from the picture: words are there for the other tasks alone. */
const seesPictures = { category: { inputs: ["image"] } };

/** The table with the category of some training rows only. */
function withFewLabels(train: readonly number[], seed: string, count: number) {
  const column = table.columns.get("category") as Column;
  const known = train.filter((row) => cell(column, row) !== null);
  const random = Random.from(Number(seed), "labels");
  for (let i = known.length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [known[i], known[j]] = [known[j], known[i]];
  }
  const kept = new Set(known.slice(0, count));
  const hidden = new Set(train.filter((row) => !kept.has(row)));
  const cells = Array.from({ length: table.rows }, (_, row) =>
    hidden.has(row) ? null : cell(column, row),
  );
  const few = columnFromCells("category", cells, "string", { origin: "emoji", convert: false });
  return { ...table, columns: new Map([...table.columns, ["category", few]]) };
}

for (const [how, tasks] of Object.entries(regimes)) {
  if (values.only !== undefined && values.only !== how) continue;
  for (const seed of values.seeds.split(",")) {
    const test = Int32Array.from(splits.test[seed]).sort();
    const held = new Set(test);
    const train = Int32Array.from({ length: table.rows }, (_, i) => i).filter((i) => !held.has(i));
    const few = withFewLabels([...train], seed, Number(values.labels));
    const outcome = await fitFamily({
      stream: memoryStream(few),
      specs: resolveSpecs({ inputs: config.inputs, tasks, reserved: [] }, few),
      split: { train, validation: new Int32Array(0), test },
      learner: { ...config.learner, ...("category" in tasks && { perTask: seesPictures }) },
      training: { ...config.training, epochs: Number(values.epochs), threads: 1 },
      seed: config.seed,
      badCells: "error",
    });
    const metrics = (of: typeof outcome.results) =>
      Object.fromEntries(
        Object.entries(of.test?.evaluations ?? {}).flatMap(([task, { metrics: all }]) =>
          ["accuracy", "explained", "averagePrecision", "precisionAt5"]
            .filter((name) => Number.isFinite(all[name]))
            .map((name) => [`${task}.${name}`, Number(all[name].toPrecision(4))]),
        ),
      );
    const baseline = metrics(outcome.baseline as typeof outcome.results);
    console.log(
      JSON.stringify({ how, seed, labels: values.labels, ...metrics(outcome.results), baseline }),
    );
    outcome.close();
  }
}
source.close();
