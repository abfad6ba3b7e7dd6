/**
 * Adult: income from columns side by side and from columns as tokens that attend to one another, the rest alike.
 *
 *     npx tsx bench/table-columns.ts [--rows 10000] [--seeds 0] [--epochs 10] [FOLDER]
 *
 * The first rows of the published training part are learned from, the published test part is the test.
 */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import { resolveConfig } from "../src/config/load.ts";
import { tableFromRows } from "../src/data/from-rows.ts";
import { fitRows, span } from "./fit.ts";

const { values, positionals } = parseArgs({
  options: {
    rows: { type: "string", default: "10000" },
    seeds: { type: "string", default: "0" },
    epochs: { type: "string", default: "10" },
  },
  allowPositionals: true,
});
const folder =
  positionals[0] ?? fileURLToPath(new URL("../../shared/data/adult-census", import.meta.url));
if (!existsSync(`${folder}/adult_train.csv.gz`)) {
  console.log(`skipped: no adult_train.csv.gz in ${folder}`);
  process.exit(0);
}

const numbers = ["age", "education_num", "capital_gain", "capital_loss", "hours_per_week"];
const categories = [
  "workclass",
  "education",
  "marital_status",
  "occupation",
  "relationship",
  "race",
  "sex",
  "native_country",
];

function read(part: "train" | "test", most: number): Record<string, unknown>[] {
  const text = gunzipSync(readFileSync(`${folder}/adult_${part}.csv.gz`)).toString("utf8");
  const [header, ...lines] = text.trim().split("\n");
  const names = header.trim().split(",");
  return lines.slice(0, most).map((line) => {
    const cells = line.trim().split(",");
    const cell = (name: string) => cells[names.indexOf(name)].trim();
    return {
      ...Object.fromEntries(numbers.map((name) => [name, Number(cell(name))])),
      ...Object.fromEntries(categories.map((name) => [name, cell(name)])),
      income: cell("income").startsWith(">50K"),
    };
  });
}

const train = read("train", Number(values.rows));
const test = read("test", Number.POSITIVE_INFINITY);
const table = tableFromRows([...train, ...test]);
const held = Math.round(train.length / 10);
const split = {
  train: span(held, train.length),
  validation: span(0, held),
  test: span(train.length, table.rows),
};

for (const way of ["concat", "transformer"]) {
  for (const seed of values.seeds.split(",").map(Number)) {
    const config = resolveConfig({
      data: "adult.csv",
      inputs: {
        ...Object.fromEntries(numbers.map((name) => [name, { type: "number", bins: 16 }])),
        ...Object.fromEntries(categories.map((name) => [name, { type: "category" }])),
      },
      tasks: { income: "binary" },
      learner: {
        type: "neural",
        table: way === "concat" ? way : { type: way, size: 32, layers: 2 },
        trunk: { sizes: [128], dropout: 0.2 },
      },
      training: {
        epochs: Number(values.epochs),
        batchSize: 128,
        optimizer: { type: "adamw", learningRate: 0.001, weightDecay: 0.01 },
        schedule: { type: "cosine" },
        threads: 1,
      },
      seed,
    });
    const { results, seconds } = await fitRows(config, table, split);
    const { accuracy, rocAuc, logLoss } = results.test?.evaluations.income.metrics ?? {};
    console.log(
      JSON.stringify({ way, seed, rows: train.length, accuracy, rocAuc, logLoss, seconds }),
    );
  }
}
