/**
 * @file Tables with texts, pictures, numbers and categories, all tasks of each in one network: countries and their flags,
 * coffees, works of art. Nothing is set apart for validation: the last epoch counts.
 *
 *     npx tsx bench/cross-modal-tables.ts [--sets countries,coffee,tate] [--seeds 0,1] [--set '{"learner": {…}}'] [--write]
 *     npx tsx bench/cross-modal-tables.ts --rows rows.json && python bench/peers/cross_modal_sklearn.py rows.json
 *
 * Countries: five parts by row % 5, each the test once; coffees: row % 5 = 0; works: id % 5 = 0. `--rows` writes the rows for
 * the peer instead, which learns a linear model a task from the same inputs. `--write` writes results/cross-modal-tables.json.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import sharp from "sharp";
import { resolveConfig } from "../src/config/load.ts";
import { tableFromRows } from "../src/data/from-rows.ts";
import { fitFamily } from "../src/model/fit.ts";
import { resolveSpecs } from "../src/model/specs.ts";
import { memoryStream } from "../src/model/stream.ts";
import { type CrossModalSet, sets } from "./cross-modal-sets.ts";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const { values } = parseArgs({
  options: {
    data: { type: "string", default: at("../../shared/data") },
    sets: { type: "string", default: "countries,coffee,tate" },
    seeds: { type: "string", default: "0,1" },
    set: { type: "string", default: "{}" },
    rows: { type: "string" },
    write: { type: "boolean", default: false },
  },
});
if (!existsSync(join(values.data, "tate-artworks"))) {
  console.log(`skipped: no tate-artworks in ${values.data}`);
  process.exit(0);
}
const override = JSON.parse(values.set) as Record<string, Readonly<Record<string, unknown>>>;

/** What a task is scored by: RMSE of numbers, area under the ROC curve of two classes, accuracy of more. */
const metricOf: Readonly<Record<string, string>> = {
  regression: "rmse",
  binary: "rocAuc",
  multiclass: "accuracy",
};

async function run(set: CrossModalSet, fold: number, seed: number) {
  const { inputs, tasks, rows, baseDir } = set;
  const used = [...Object.keys(inputs), ...Object.keys(tasks)];
  const kept = rows.map((row) => Object.fromEntries(used.map((name) => [name, row[name]])));
  const table = tableFromRows(kept, { baseDir });
  const part = (test: boolean) =>
    Int32Array.from(rows.flatMap((row, i) => ((set.fold(row, i) === fold) === test ? [i] : [])));
  const config = resolveConfig({
    data: "rows",
    inputs,
    tasks,
    learner: { type: "neural", ...set.learner, ...override.learner },
    training: {
      epochs: set.epochs,
      batchSize: 32,
      threads: 1,
      optimizer: { type: "adamw", learningRate: 0.003, weightDecay: 0.05 },
      schedule: { type: "cosine" },
      ...override.training,
    },
    seed,
  });
  const { learner, training } = config;
  const outcome = await fitFamily({
    stream: memoryStream(table),
    specs: resolveSpecs({ inputs: config.inputs, tasks: config.tasks, reserved: [] }, table),
    split: { train: part(false), validation: new Int32Array(0), test: part(true) },
    learner,
    training,
    seed,
    badCells: "error",
  });
  outcome.fitted.dispose();
  const evaluations = outcome.results.test?.evaluations ?? {};
  return Object.fromEntries(
    Object.entries(tasks).map(([task, { type }]) => [
      task,
      evaluations[task]?.metrics[metricOf[String(type)]] ?? Number.NaN,
    ]),
  );
}

/** A set as plain rows: a picture as 8 × 12 pixels of three channels. */
async function plain({ rows, inputs, tasks, learner, baseDir, fold, folds }: CrossModalSet) {
  const kind = (wanted: string) =>
    Object.keys(inputs).filter((name) => inputs[name].type === wanted);
  const pictures = kind("image");
  const drawn = async (path: unknown) => [
    ...(await sharp(join(baseDir, String(path)))
      .removeAlpha()
      .resize(12, 8, { fit: "fill" })
      .raw()
      .toBuffer()),
  ];
  return {
    texts: kind("text"),
    numbers: kind("number"),
    categories: kind("category"),
    pictures,
    tasks: Object.fromEntries(Object.entries(tasks).map(([name, { type }]) => [name, type])),
    perTask: learner.perTask ?? {},
    folds,
    fold: rows.map(fold),
    rows: await Promise.all(
      rows.map(async (row) => ({
        ...row,
        ...Object.fromEntries(
          await Promise.all(pictures.map(async (p) => [p, await drawn(row[p])] as const)),
        ),
      })),
    ),
  };
}

const digits = (value: number) => Number(value.toPrecision(4));
const results: Record<string, object> = {};
for (const name of values.sets.split(",")) {
  const set = await sets[name](values.data);
  if (values.rows !== undefined) {
    results[name] = await plain(set);
    continue;
  }
  const began = performance.now();
  const scores: Record<string, number>[] = [];
  for (const seed of values.seeds.split(",").map(Number)) {
    const found: Record<string, number>[] = [];
    for (const fold of set.folds) found.push(await run(set, fold, seed));
    const mean = (task: string) => found.reduce((sum, f) => sum + f[task], 0) / found.length;
    scores.push(Object.fromEntries(Object.keys(set.tasks).map((task) => [task, mean(task)])));
  }
  results[name] = Object.fromEntries(
    Object.entries(set.tasks).map(([task, { type }]) => [
      task,
      {
        metric: metricOf[String(type)],
        mean: digits(scores.reduce((sum, s) => sum + s[task], 0) / scores.length),
        seeds: scores.map((s) => digits(s[task])),
      },
    ]),
  );
  const seconds = Math.round((performance.now() - began) / 1000);
  console.log(JSON.stringify({ set: name, seconds, ...results[name] }));
}
if (values.rows !== undefined) writeFileSync(values.rows, JSON.stringify(results));
else if (values.write) {
  // Sets that were not run this time keep their results.
  const file = at("results/cross-modal-tables.json");
  const known = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
  const record = {
    ...known,
    question: "Scores of all tasks of one network a set, on test rows",
    results: { ...known.results, ...results },
    load: loadavg().map((l) => Math.round(l)),
    date: new Date().toISOString(),
  };
  writeFileSync(file, `${JSON.stringify(record, null, 2)}\n`);
}
