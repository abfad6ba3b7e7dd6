/**
 * Handwritten digits in six views (mfeat): the digit from six vectors, by several fusions, by each view alone, and with views
 * missing at the test. The first 100 rows of each digit are learned from, the last 100 are the test (van Breukelen et al.
 * 1998); no row is set apart for validation: the last epoch counts.
 *
 *     npx tsx bench/mfeat.ts [--seeds 0] [--only concat,gated] [--epochs 30] [--single] [--write] [FOLDER]
 *
 * The folder of mfeat.csv.gz may be named; `--single` adds each view alone, `--write` writes results/mfeat.json.
 */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import { resolveConfig } from "../src/config/load.ts";
import { tableFromRows } from "../src/data/from-rows.ts";
import { type ScoredRows, wholeOf } from "../src/tasks/scored.ts";
import { fitRows, keepResults, mean } from "./fit.ts";

const fused =
  "concat,gated,lateAverage,lateProduct,productOfExperts,lowRankTensor,transformer,linear";
const { values, positionals } = parseArgs({
  options: {
    seeds: { type: "string", default: "0" },
    only: { type: "string", default: fused },
    epochs: { type: "string", default: "30" },
    single: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
  allowPositionals: true,
});
const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const file = `${positionals[0] ?? at("../../shared/data/mfeat-digits")}/mfeat.csv.gz`;
if (!existsSync(file)) {
  console.log(`skipped: no ${file}`);
  process.exit(0);
}

const views = ["pix", "fou", "fac", "zer", "kar", "mor"] as const;
/** Logistic regression of scikit-learn, as the data's README has it. */
const peer = { pix: 0.964, fou: 0.801, fac: 0.972, zer: 0.833, kar: 0.942, mor: 0.731, all: 0.99 };

const [header, ...lines] = gunzipSync(readFileSync(file)).toString("utf8").trim().split("\n");
const names = header.split(",");
const rows = lines.map((line) => {
  const cells = line.split(",");
  const view = (name: string) =>
    cells.flatMap((cell, i) => (names[i].startsWith(`${name}_`) ? [Number(cell)] : []));
  return {
    digit: cells[names.indexOf("class")],
    ...Object.fromEntries(views.map((v) => [v, view(v)])),
  };
});
/** Rows are sorted by digit, 200 of each. */
const part = (test: boolean) =>
  Int32Array.from(rows.keys()).filter((row) => row % 200 >= 100 === test);
/** The test rows again, without the views that are best alone. */
const halved = [...part(true)].map((i) => ({ ...rows[i], pix: null, fac: null, kar: null }));
const table = tableFromRows([...rows, ...halved]);
const split = {
  train: part(false),
  validation: new Int32Array(0),
  test: Int32Array.from([...part(true), ...halved.map((_, i) => rows.length + i)]),
};

const tokens = { tokens: 1, size: 32, heads: 4 };
const options: Readonly<Record<string, object>> = {
  lowRankTensor: { size: 64, rank: 4 },
  transformer: tokens,
};

function configOf(name: string, inputs: readonly string[], seed: number) {
  const linear = name === "linear";
  const vector = linear ? { type: "vector" } : { type: "vector", layers: [64], dropout: 0.2 };
  return resolveConfig({
    data: "mfeat.csv.gz",
    inputs: Object.fromEntries(inputs.map((v) => [v, vector])),
    tasks: { digit: "multiclass" },
    learner: linear
      ? { type: "linear" }
      : {
          type: "neural",
          fusion: { type: name, ...options[name] },
          trunk: { sizes: [64] },
          modalityDropout: inputs.length > 1 ? 0.2 : 0,
        },
    training: {
      epochs: Number(values.epochs),
      batchSize: 50,
      optimizer: { type: "adamw", learningRate: 0.003, weightDecay: 0.01 },
      schedule: { type: "cosine" },
      threads: 1,
    },
    seed,
  });
}

interface Found {
  readonly seed: number;
  readonly accuracy: number;
  /** Without pix, fac and kar. */
  readonly halved?: number;
  readonly seconds: number;
}

async function run(name: string, inputs: readonly string[], seed: number): Promise<Found> {
  const { tasks, results, seconds } = await fitRows(configOf(name, inputs, seed), table, split);
  const { classes } = tasks[0].state as { classes: readonly string[] };
  const scored = results.test?.scored.digit as ScoredRows;
  const said = wholeOf(scored).outputs.probabilities as ArrayLike<number>;
  const right = [...split.test].map((row, i) => {
    const scores = classes.map((_, c) => said[i * classes.length + c]);
    const { digit } = [...rows, ...halved][row];
    return Number(classes[scores.indexOf(Math.max(...scores))] === digit);
  });
  const half = right.length / 2;
  return {
    seed,
    accuracy: mean(right.slice(0, half)),
    ...(inputs.length > 1 && { halved: mean(right.slice(half)) }),
    seconds,
  };
}

const results: Record<string, { accuracy: number; halved?: number; runs: Found[] }> = {};
const models = [
  ...values.only.split(",").map((name) => ({ name, type: name, inputs: [...views] })),
  ...(values.single ? views : []).map((v) => ({ name: v, type: "concat", inputs: [v] })),
];
for (const { name, type, inputs } of models) {
  const runs: Found[] = [];
  for (const seed of values.seeds.split(",").map(Number)) {
    // The linear model has no random start.
    if (type === "linear" && runs.length > 0) break;
    runs.push(await run(type, inputs, seed));
    console.log(JSON.stringify({ name, ...runs.at(-1) }));
  }
  const several = inputs.length > 1 && { halved: mean(runs.map((r) => r.halved ?? 0)) };
  results[name] = { accuracy: mean(runs.map((r) => r.accuracy)), ...several, runs };
}
if (values.write) {
  keepResults(at("results/mfeat.json"), {
    question:
      "Accuracy of the digit from six views: 100 rows of each digit learned from, 100 the test",
    halved: "the same test rows without pix, fac and kar",
    peer: { what: "scikit-learn 1.2.1, logistic regression, from the data's README", ...peer },
    epochs: Number(values.epochs),
    results,
  });
}
