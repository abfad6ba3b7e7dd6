/**
 * @file How well are texts found from pictures and back, on the features and the split of the Wikipedia set? Mean
 * average precision over all test rows, a hit being a row of the same category; no test row chooses anything.
 *
 *     npx tsx bench/wikipedia-crossmodal.ts [--data ../shared/data/wikipedia-crossmodal] [--seeds 0,1,2] [--only NAME]
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { resolveConfig } from "../src/config/load.ts";
import { fitFamily } from "../src/model/fit.ts";
import { openExperiment } from "../src/model/open-experiment.ts";

const { values } = parseArgs({
  options: {
    data: {
      type: "string",
      default: fileURLToPath(new URL("../../shared/data/wikipedia-crossmodal", import.meta.url)),
    },
    seeds: { type: "string", default: "0,1,2" },
    only: { type: "string" },
  },
});

const numbers = (prefix: string, count: number) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`${prefix}_${i}`, { type: "number", clip: 4 }]),
  );
const inputs = { ...numbers("img", 128), ...numbers("txt", 10) };
const sides = { inputs: ["img_*", "txt_*"], relevant: "category" };

interface Method {
  readonly name: string;
  readonly tasks: Readonly<Record<string, unknown>>;
  readonly epochs: number;
  readonly learner?: Readonly<Record<string, unknown>>;
  readonly batchSize?: number;
}

const byClass = { type: "contrastive", ...sides, positives: "class", layers: [128], size: 32 };

/** From no labels to the category's. */
const methods: readonly Method[] = [
  { name: "linear CCA", tasks: { match: { type: "cca", ...sides, size: 7 } }, epochs: 40 },
  {
    name: "deep CCA",
    tasks: { match: { type: "cca", ...sides, size: 7, layers: [128], dropout: 0.3 } },
    epochs: 40,
  },
  {
    name: "contrastive, rows",
    tasks: { match: { type: "contrastive", ...sides, layers: [128], dropout: 0.3, size: 32 } },
    epochs: 40,
  },
  {
    name: "contrastive, categories",
    tasks: { match: { ...byClass, dropout: 0.5, temperature: 0.2 } },
    epochs: 40,
  },
  {
    name: "contrastive, categories, and the category as a task",
    tasks: {
      match: { ...byClass, dropout: 0.5, temperature: 0.2 },
      category: { type: "multiclass" },
    },
    epochs: 40,
  },
];

if (!existsSync(join(values.data, "wikipedia.csv.gz"))) {
  console.error(`${values.data}: no wikipedia.csv.gz; name its folder with --data`);
  process.exit(2);
}

const published = { imageQuery: 0.278, textQuery: 0.212 };

for (const method of methods) {
  if (values.only !== undefined && !method.name.startsWith(values.only)) continue;
  const found: number[][] = [];
  for (const seed of values.seeds.split(",").map(Number)) {
    const config = resolveConfig({
      data: join(values.data, "wikipedia.csv.gz"),
      inputs,
      tasks: method.tasks,
      split: { type: "column", column: "split", carve: 0.1 },
      learner: { type: "neural", trunk: { sizes: [64] }, ...method.learner },
      training: {
        epochs: method.epochs,
        batchSize: method.batchSize ?? 256,
        optimizer: { type: "adamw", learningRate: 0.002, weightDecay: 0.05 },
        schedule: { type: "cosine" },
        earlyStopping: { rule: "match" },
        threads: 1,
      },
      seed,
    });
    const opened = await openExperiment(config, { baseDir: values.data });
    const { stream, specs, split } = opened;
    const { learner, training, badCells } = opened.config;
    const outcome = await fitFamily({ stream, specs, split, learner, training, seed, badCells });
    const metrics = outcome.results.test?.evaluations.match.metrics ?? {};
    found.push([metrics.mapForward, metrics.mapBackward, metrics.map]);
    console.error(
      method.name,
      seed,
      found.at(-1)?.map((x) => x.toFixed(4)),
      outcome.fitted.facts.epoch,
      outcome.results.validation?.evaluations.match.metrics.map.toFixed(4),
    );
    outcome.close();
    opened.close();
  }
  const mean = [0, 1, 2].map((i) => found.reduce((sum, row) => sum + row[i], 0) / found.length);
  console.log(
    JSON.stringify({
      method: method.name,
      imageQuery: Number(mean[0].toFixed(4)),
      textQuery: Number(mean[1].toFixed(4)),
      mean: Number(mean[2].toFixed(4)),
      seeds: found.length,
      semanticMatching: published,
    }),
  );
}
