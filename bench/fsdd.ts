/**
 * Free Spoken Digit Dataset: digit and speaker from one encoder, on the official split (recordings 0–4 of each digit
 * and speaker are the test). No row is set apart for validation: the last epoch counts.
 *
 *     npx tsx bench/fsdd.ts [--seeds 0,1,2] [--encoders spectrogram,gru,transformer,linear] [--epochs 20] [--write]
 *
 * The folder of index.csv and recordings/ may be named; `--write` writes results/fsdd.json.
 */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { resolveConfig } from "../src/config/load.ts";
import { tableFromRows } from "../src/data/from-rows.ts";
import { fitRows, keepResults, mean } from "./fit.ts";

const { values, positionals } = parseArgs({
  options: {
    seeds: { type: "string", default: "0,1,2" },
    encoders: { type: "string", default: "spectrogram,cnn,gru,transformer,linear" },
    epochs: { type: "string", default: "20" },
    write: { type: "boolean", default: false },
  },
  allowPositionals: true,
});
const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const folder = positionals[0] ?? at("../../shared/data/fsdd");
if (!existsSync(`${folder}/index.csv`)) {
  console.log(`skipped: no index.csv in ${folder}`);
  process.exit(0);
}

const lines = readFileSync(`${folder}/index.csv`, "utf8").trim().split("\n").slice(1);
const rows = lines.map((line) => {
  const [file, digit, speaker, , split] = line.split(",");
  return { sound: `${folder}/recordings/${file}`, digit, speaker, split };
});
const table = tableFromRows(rows.map(({ sound, digit, speaker }) => ({ sound, digit, speaker })));
const part = (name: string) =>
  Int32Array.from(rows.flatMap(({ split }, i) => (split === name ? [i] : [])));
const split = { train: part("train"), validation: new Int32Array(0), test: part("test") };

/** Light variation of the training recordings, the same for every encoder. */
const varied = {
  timeMasks: 1,
  timeMask: 0.15,
  bandMasks: 1,
  bandMask: 0.15,
  shift: 0.1,
  noise: 0.1,
};

function configOf(encoder: string, seed: number) {
  const linear = encoder === "linear";
  const input = linear ? {} : { ...varied, encoder, dropout: 0.1 };
  return resolveConfig({
    data: "index.csv",
    inputs: { sound: { type: "audio", ...input } },
    tasks: { digit: "multiclass", speaker: "multiclass" },
    learner: linear ? { type: "linear" } : { type: "neural", trunk: { sizes: [] } },
    training: {
      epochs: Number(values.epochs),
      batchSize: 32,
      optimizer: { type: "adamw", learningRate: 0.002 },
      schedule: { type: "cosine" },
    },
    seed,
  });
}

const results: Record<string, { digit: number; speaker: number; seconds: number }[]> = {};
for (const encoder of values.encoders.split(",")) {
  for (const seed of values.seeds.split(",").map(Number)) {
    const { test, seconds } = await fitRows(configOf(encoder, seed), table, split);
    const found = { digit: test("digit"), speaker: test("speaker"), seconds };
    results[encoder] = [...(results[encoder] ?? []), found];
    console.log(JSON.stringify({ encoder, seed, ...found }));
    // The linear model has no random start.
    if (encoder === "linear") break;
  }
}

const summary = Object.fromEntries(
  Object.entries(results).map(([encoder, runs]) => {
    const scores = (task: "digit" | "speaker") => {
      const found = runs.map((run) => run[task]);
      return { mean: mean(found), least: Math.min(...found) };
    };
    return [encoder, { digit: scores("digit"), speaker: scores("speaker"), runs }];
  }),
);
console.log(JSON.stringify(summary));
if (values.write) {
  keepResults(at("results/fsdd.json"), {
    question: "Accuracy of digit and speaker on the official test of the Free Spoken Digit Dataset",
    targets: { digit: 0.97, speaker: 0.99 },
    train: split.train.length,
    test: split.test.length,
    epochs: Number(values.epochs),
    results: summary,
  });
}
