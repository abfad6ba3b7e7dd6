/**
 * School: 139 schools as tasks with pupils of their own, 30 % of each for training, 5 seeded splits.
 *
 *     npx tsx bench/school.ts [folder of school.csv] [results.json]
 *
 * Explained variance, 1 − mean squared error / variance of all test scores, in percent. Inputs and scores are
 * standardized by training rows. Every method chooses its strength by 5-fold cross-validation on training
 * rows; `best by validation` is the method whose held-out loss there is lowest, split by split. All rows
 * count the same, and intercepts are weights of a constant feature: of 1, or, where they are apart, of
 * the value chosen likewise.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Graph } from "../src/compiler/graph.ts";
import { compileJs } from "../src/compiler/js/run.ts";
import { tableFromRows } from "../src/data/from-rows.ts";
import { memoryRowStore, type RowArray } from "../src/data/rows.ts";
import { linearConfig } from "../src/learners/linear/config.ts";
import { linear } from "../src/learners/linear/linear.ts";
import type { Modality } from "../src/modalities/modality.ts";
import type { TaskKind } from "../src/tasks/task.ts";
import { taskKinds } from "../src/tasks/tasks.ts";
import { trainingConfig } from "../src/train/config.ts";
import type { Problem, ProblemTask } from "../src/train/problem.ts";
import { digits, printResult } from "./result.ts";

const { values: asked, positionals } = parseArgs({
  options: {
    /** Prints one line for `run.ts` in the place of a table. */
    json: { type: "boolean", default: false },
    splits: { type: "string", default: "5" },
    /** Number of the first split: those from 100 on are for choosing methods. */
    first: { type: "string", default: "0" },
    /** Names of methods, separated by `;`; all where it is left out. */
    methods: { type: "string" },
  },
  allowPositionals: true,
});
const folder = positionals[0] ?? new URL("../../shared/data/school", import.meta.url).pathname;
const seeds = Array.from({ length: Number(asked.splits) }, (_, i) => Number(asked.first) + i);
/** Explained variance of the reference, on splits of its own. */
const reference: Readonly<Record<string, number>> = {
  "single-task ridge": 26.4,
  "L2,1": 31.2,
  "trace norm": 32.9,
  "mean-regularised": 36.6,
};

interface Method {
  readonly regularizer: object;
  /** Strengths to choose from: the lowest and the highest, in ratios of √2. */
  readonly range: readonly [number, number];
  /** Values of the constant to choose from: how free intercepts are. */
  readonly constants?: readonly number[];
  /** What of the predicted mean adds up; the mean itself where it is left out. */
  readonly link?: "sqrt" | "log";
}

const free = [1, 3, 6];

const allMethods: Record<string, Method> = {
  "single-task ridge": { regularizer: { type: "l2" }, range: [0.5, 2.9] },
  "L2,1": { regularizer: { type: "l21" }, range: [1, 4] },
  "trace norm": { regularizer: { type: "traceNorm" }, range: [2, 5.7] },
  "mean-regularised": { regularizer: { type: "meanRegularised" }, range: [10, 40] },
  "task covariance": { regularizer: { type: "taskCovariance" }, range: [0.3, 1.2] },
  "clustered, 2": { regularizer: { type: "clustered", clusters: 2 }, range: [10, 80] },
  "mean-regularised, intercepts apart": {
    regularizer: { type: "meanRegularised" },
    range: [10, 57],
    constants: free,
  },
  "L2,1 around the mean": { regularizer: { type: "l21", around: "mean" }, range: [1.4, 5.7] },
  "L2,1 around the mean, intercepts apart": {
    regularizer: { type: "l21", around: "mean" },
    range: [1.4, 5.7],
    constants: free,
  },
  "task covariance around the mean, intercepts apart": {
    regularizer: { type: "taskCovariance", around: "mean" },
    range: [1, 8],
    constants: free,
  },
  "mean-regularised, intercepts apart, root link": {
    regularizer: { type: "meanRegularised" },
    range: [10, 57],
    constants: free,
    link: "sqrt",
  },
  "mean-regularised, intercepts apart, log link": {
    regularizer: { type: "meanRegularised" },
    range: [10, 57],
    constants: free,
    link: "log",
  },
};

const methods = Object.fromEntries(
  Object.entries(allMethods).filter(
    ([name]) => asked.methods === undefined || asked.methods.split(";").some((m) => name === m),
  ),
);

/** A number between 0 and 2³² for a row and a split: `school.py` draws the same. */
function draw(row: number, seed: number): number {
  let h = Math.imul(row + 1, 0x9e3779b1) ^ Math.imul(seed + 1, 0x85ebca77);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

interface School {
  readonly x: readonly Float64Array[];
  readonly y: Float64Array;
  readonly school: Int32Array;
}

function read(): School {
  const lines = readFileSync(`${folder}/school.csv`, "utf8").trim().split("\n").slice(1);
  const cells = lines.map((line) => line.split(",").map(Number));
  return {
    x: cells.map((row) => Float64Array.from(row.slice(1, -1))),
    y: Float64Array.from(cells, (row) => row[row.length - 1]),
    school: Int32Array.from(cells, (row) => row[0] - 1),
  };
}

function isTraining({ school, y }: School, seed: number): boolean[] {
  const training = new Array<boolean>(y.length).fill(false);
  for (const s of new Set(school)) {
    const rows = [...school.keys()].filter((row) => school[row] === s);
    const order = rows.sort((a, b) => draw(a, seed) - draw(b, seed));
    for (const row of order.slice(0, Math.round(0.3 * rows.length))) training[row] = true;
  }
  return training;
}

/** The problem of one split: features and scores standardized by training rows, one task a school. */
function problemOf(
  { x, y, school }: School,
  training: readonly boolean[],
  seed: number,
  link: "identity" | "sqrt" | "log" = "identity",
) {
  const rows = [...training.keys()].filter((row) => training[row]);
  const mean = (of: (row: number) => number) =>
    rows.reduce((sum, row) => sum + of(row), 0) / rows.length;
  const moments = (of: (row: number) => number) => {
    const center = mean(of);
    return { center, scale: Math.sqrt(mean((row) => (of(row) - center) ** 2)) };
  };
  const columns = Array.from(x[0], (_, f) => moments((row) => x[row][f]));
  const varying = [...columns.keys()].filter((f) => columns[f].scale > 1e-9);
  const features = varying.length;
  const valuesOf = (some: readonly number[]) =>
    Float32Array.from(
      some.flatMap((row) => varying.map((f) => (x[row][f] - columns[f].center) / columns[f].scale)),
    );
  const inputOf = (some: readonly number[]) => ({
    layout: [
      { name: "x.values", dtype: "float32" as const, width: features },
      { name: "x.present", dtype: "float32" as const, width: 1 },
    ],
    arrays: [valuesOf(some), new Float32Array(some.length).fill(1)] as RowArray[],
  });
  const kind = taskKinds.regression as TaskKind;
  const options = kind.options.parse({ link });
  const { layout, arrays } = inputOf(rows);
  const column = tableFromRows(rows.map((row) => ({ y: y[row] }))).columns.get("y");
  if (!column) throw new Error("no column of scores");
  const learning = kind.learn(options, "score");
  learning.add(column, 0);
  const state = learning.finish();
  const labels = new Float32Array(rows.length);
  kind.encode(state, column, labels, new Float32Array(rows.length), 0);
  const count = Math.max(...school) + 1;
  const tasks = Array.from({ length: count }, (_, s): ProblemTask => {
    const value = String(s + 1);
    const name = `score.${value}`;
    layout.push({ name: `${name}.label`, dtype: "float32", width: 1 });
    layout.push({ name: `${name}.weight`, dtype: "float32", width: 1 });
    arrays.push(labels.map((label, i) => (school[rows[i]] === s ? label : 0)));
    arrays.push(Float32Array.from(rows, (row) => (school[row] === s ? 1 : 0)));
    const group = {
      task: "score",
      column: "score",
      by: "school",
      source: "number",
      value,
    } as const;
    return { name, group, kind, state, options, weight: 1 / count };
  });
  const view = {
    feeds: () => [{ name: "values", dtype: "float32", shape: [features] }],
    blocks: () => [{ kind: "dense", feed: "values", names: varying.map((f) => `x${f}`) }],
  };
  const modality = { name: "plain", features: view } as unknown as Modality;
  const problem: Problem = {
    inputs: [{ name: "x", modality, state: null, options: {} }],
    tasks,
    train: { store: memoryRowStore(layout, rows.length, arrays), truth: {} },
    validation: undefined,
    seed,
  };
  const tested = [...training.keys()].filter((row) => !training[row]);
  const testing = inputOf(tested);
  const test = memoryRowStore(testing.layout, tested.length, testing.arrays);
  const raw = new Graph().input("raw", [tested.length, 1]);
  const scores = compileJs([kind.link(raw, state).value]);
  /** Scores of the test rows from what their schools' tasks say. */
  const scoresOf = (said: Float64Array) => scores.run({ raw: said })[0];
  return { problem, test, tested, scoresOf };
}

function geometric([low, high]: readonly [number, number]): number[] {
  const count = Math.round(2 * Math.log2(high / low)) + 1;
  return Array.from({ length: count }, (_, i) => low * 2 ** (i / 2));
}

interface Score {
  readonly explained: number;
  readonly rmse: number;
  readonly heldOut: number;
  readonly weight: number;
  readonly constant: number;
  readonly iterations: number;
  readonly seconds: number;
  /** Of the test rows; not written. */
  readonly predicted: readonly number[];
}

/** The best of a method's constants by held-out loss. */
async function score(
  method: Method,
  data: School,
  split: ReturnType<typeof problemOf>,
): Promise<Score> {
  const began = performance.now();
  let best: Omit<Score, "seconds"> | undefined;
  for (const constant of method.constants ?? [1]) {
    const found = await fitOne(method, constant, data, split);
    if (best === undefined || found.heldOut < best.heldOut) best = found;
  }
  return { ...(best as NonNullable<typeof best>), seconds: (performance.now() - began) / 1000 };
}

async function fitOne(
  { regularizer, range }: Method,
  constant: number,
  data: School,
  { problem, test, tested, scoresOf }: ReturnType<typeof problemOf>,
): Promise<Omit<Score, "seconds">> {
  const config = linearConfig.parse({
    regularizer,
    penalty: { l2: 0 },
    balance: "rows",
    tieIntercepts: constant,
    select: { weights: geometric(range) },
    tolerance: 3e-4,
    maxIterations: 2000,
  });
  const training = trainingConfig.parse({});
  const fitted = await linear.fit(problem, config, { training, threads: 1 });
  const rows = Int32Array.from(tested, (_, i) => i);
  const raw = await fitted.predict(test, rows);
  const columns = problem.tasks.map((t) => raw[t.name]);
  const mean = tested.reduce((sum, row) => sum + data.y[row], 0) / tested.length;
  const said = Float64Array.from(tested, (row, i) => columns[data.school[row]][i]);
  const predicted = [...scoresOf(said)];
  const { error, spread } = errorOf(data, tested, predicted, mean);
  fitted.dispose();
  const facts = fitted.facts as {
    select: { weight: number; loss: number }[];
    regularizer: { weight: number };
    together: { iterations: number };
  };
  const { weight } = facts.regularizer;
  return {
    explained: 100 * (1 - error / spread),
    rmse: Math.sqrt(error / tested.length),
    heldOut: facts.select.find((s) => s.weight === weight)?.loss ?? Number.NaN,
    weight,
    constant,
    iterations: facts.together.iterations,
    predicted,
  };
}

function errorOf(
  data: School,
  tested: readonly number[],
  predicted: readonly number[],
  mean: number,
) {
  let error = 0;
  let spread = 0;
  for (const [i, row] of tested.entries()) {
    error += (data.y[row] - predicted[i]) ** 2;
    spread += (data.y[row] - mean) ** 2;
  }
  return { error, spread };
}

function summary(values: readonly number[]) {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const spread = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (values.length - 1);
  return { mean, deviation: Math.sqrt(spread) };
}

/** Methods whose predictions are averaged: those that let each school depart from the mean of all. */
const blended = Object.keys(methods).filter((name) => name.includes("mean"));
const blends: number[] = [];

const data = read();
const results: Record<string, Score[]> = {};
const best: { method: string; explained: number }[] = [];
for (const seed of seeds) {
  const training = isTraining(data, seed);
  const split = problemOf(data, training, seed);
  for (const [name, method] of Object.entries(methods)) {
    const own = method.link ? problemOf(data, training, seed, method.link) : split;
    const found = await score(method, data, own);
    results[name] = [...(results[name] ?? []), found];
    process.stderr.write(
      `split ${seed}, ${name}: ${found.explained.toFixed(2)} % (weight ${found.weight.toFixed(2)}, constant ${found.constant}, held out ${found.heldOut.toFixed(5)}, ${found.iterations} iterations, ${found.seconds.toFixed(1)} s)\n`,
    );
  }
  const ranked = Object.entries(results).map(([name, scores]) => ({
    name,
    ...scores[scores.length - 1],
  }));
  const chosen = ranked.reduce((a, b) => (b.heldOut < a.heldOut ? b : a));
  best.push({ method: chosen.name, explained: chosen.explained });
  const { tested } = split;
  const average = tested.map((_, i) => {
    const said = blended.map((name) => results[name][seed - seeds[0]].predicted[i]);
    return said.reduce((a, b) => a + b, 0) / Math.max(1, said.length);
  });
  const mean = tested.reduce((sum, row) => sum + data.y[row], 0) / tested.length;
  const { error, spread } = errorOf(data, tested, average, mean);
  blends.push(100 * (1 - error / spread));
}
const table = Object.fromEntries(
  Object.entries(results).map(([name, scores]) => [
    name,
    {
      explainedVariance: summary(scores.map((s) => s.explained)),
      rmse: summary(scores.map((s) => s.rmse)),
      splits: scores.map(({ predicted: _, ...score }) => score),
    },
  ]),
);
const result = {
  data: "School, 139 tasks, 30 % of each school for training, 5 splits",
  methods: table,
  average: { of: blended, explainedVariance: summary(blends), splits: blends },
  bestByValidation: { explainedVariance: summary(best.map((b) => b.explained)), splits: best },
};
if (positionals[1]) writeFileSync(positionals[1], `${JSON.stringify(result, null, 2)}\n`);
if (asked.json) {
  printResult({
    question: "How much of School's scores do 139 tasks with rows of their own explain?",
    value: "points of explained variance below the reference, which had other splits",
    rows: [
      ...Object.entries(table).map(([name, { explainedVariance }]) => [name, explainedVariance]),
      ...(blended.length > 0
        ? [["average around the mean", result.average.explainedVariance]]
        : []),
      ["best by validation", result.bestByValidation.explainedVariance],
    ].map((row) => {
      const [name, { mean, deviation }] = row as [string, ReturnType<typeof summary>];
      const other = reference[name] ?? reference["mean-regularised"];
      const details = { deviation: digits(deviation, 2) };
      const value = digits(other - mean, 3);
      const target = name in reference ? { target: 0.5 } : {};
      return { what: name, unit: "%", ours: digits(mean), other, value, ...target, details };
    }),
  });
} else {
  for (const [name, { explainedVariance: e }] of Object.entries(table)) {
    process.stdout.write(`${name.padEnd(34)} ${e.mean.toFixed(2)} ± ${e.deviation.toFixed(2)} %\n`);
  }
  process.stdout.write(
    `${"average around the mean".padEnd(34)} ${result.average.explainedVariance.mean.toFixed(2)} ± ${result.average.explainedVariance.deviation.toFixed(2)} %\n`,
  );
  const { mean, deviation } = result.bestByValidation.explainedVariance;
  process.stdout.write(
    `${"best by validation".padEnd(34)} ${mean.toFixed(2)} ± ${deviation.toFixed(2)} %\n`,
  );
}
