/**
 * Eight tables of several numbers to predict (mtr-*) and three of several labels (multilabel-*): linear models of each target
 * by itself, stacked, and of all together, one network for all, and a stack of linear models and networks.
 * `npx tsx bench/targets.ts [--folder ../shared/data] [--folds 5] [--tables andro,flags] [--methods "stacked;stacking"]`
 *
 * aRRMSE: root mean squared error over that of the training mean, averaged over targets, by cross-validation.
 * Macro AUC: ROC AUC averaged over labels, on the published test rows. Stacked: the targets' predictions of rows
 * that did not train them (3 folds) are inputs beside the others.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { resolveConfig } from "../src/config/load.ts";
import { Random } from "../src/core/random.ts";
import { cell, type Table } from "../src/data/columns.ts";
import { openSource } from "../src/data/source.ts";
import { runExperiment } from "../src/run/experiment.ts";
import { wholeOf } from "../src/tasks/scored.ts";
import { type BenchRow, digits, printResult } from "./result.ts";

const { values } = parseArgs({
  options: {
    folder: { type: "string", default: new URL("../../shared/data", import.meta.url).pathname },
    folds: { type: "string", default: "5" },
    tables: { type: "string" },
    methods: { type: "string" },
  },
});
/** Targets, which are the last columns. */
const numbers = { andro: 6, atp1d: 6, edm: 2, enb: 2, jura: 3, oes97: 16, sf1: 3, slump: 3 };
const labels = { emotions: 6, flags: 7, yeast: 14 };

type Row = Readonly<Record<string, unknown>>;
interface Problem {
  readonly name: string;
  readonly rows: readonly Row[];
  readonly inputs: Readonly<Record<string, { readonly type: string }>>;
  readonly tasks: readonly string[];
  readonly kind: "regression" | "binary";
}

async function readTable(path: string): Promise<Table> {
  const file = existsSync(path) ? path : `${path}.gz`;
  const source = await openSource(file, { baseDir: "." });
  try {
    return await source.read();
  } finally {
    source.close();
  }
}

function problemOf(name: string, tables: readonly Table[], targets: number, kind: Problem["kind"]) {
  const columns = [...tables[0].columns.keys()];
  const inputs = columns.slice(0, -targets).map((c, i) => [c, `x${i}`] as const);
  const tasks = columns.slice(-targets).map((c, i) => [c, `y${i}`] as const);
  const rows = tables.flatMap((table) =>
    Array.from({ length: table.rows }, (_, row) =>
      Object.fromEntries(
        [...inputs, ...tasks].map(([c, to]) => {
          const column = table.columns.get(c);
          const value = column ? cell(column, row) : null;
          return [to, kind === "binary" && to.startsWith("y") ? Number(value) : value];
        }),
      ),
    ),
  );
  const numeric = (to: string) => rows.every((r) => r[to] === null || typeof r[to] !== "string");
  const problem: Problem = {
    name,
    rows,
    inputs: Object.fromEntries(
      inputs.map(([, to]) => [to, { type: numeric(to) ? "number" : "category" }]),
    ),
    tasks: tasks.map(([, to]) => to),
    kind,
  };
  return problem;
}

const ridges = [1e-3, 1e-2, 0.03, 0.1, 0.3, 1, 3];
const alone = { type: "linear", select: { l2: ridges } };
const tied = (type: string) => ({
  type: "linear",
  penalty: { l2: 1e-3 },
  regularizer: { type },
  select: { weights: [1e-3, 3e-3, 1e-2, 0.03, 0.1, 0.3] },
});
const network = {
  type: "neural",
  trunk: { sizes: [64, 32], dropout: 0.1 },
  regularization: { l2: 1e-3 },
};
const networkTraining = { epochs: 120, batchSize: 32, earlyStopping: { patience: 20 } };
/** As `polytask init` drafts it for few rows. */
const stack = { type: "stacking", folds: 5 };
const stackTraining = {
  epochs: 60,
  batchSize: 32,
  optimizer: { type: "adamw", learningRate: 0.003, weightDecay: 0.05 },
  schedule: { type: "cosine" },
};

interface Fitted {
  readonly scores: Readonly<Record<string, number>>;
  /** Predictions of test rows, a task. */
  readonly predicted: Readonly<Record<string, ArrayLike<number>>>;
}

/** Fits all but the test rows: relative error, or AUC, a task, and what it says of the test rows. */
async function fitSplit(
  problem: Problem,
  isTest: readonly boolean[],
  learner: object,
  training: object = {},
): Promise<Fitted> {
  const config = {
    name: problem.name,
    inputs: problem.inputs,
    tasks: Object.fromEntries(problem.tasks.map((t) => [t, { type: problem.kind }])),
    split: {
      type: "column",
      column: "part",
      carve: "trunk" in learner ? 0.15 : 0,
    },
    learner,
    training,
  };
  const rows = problem.rows.map((row, i) => ({ ...row, part: isTest[i] ? "test" : "train" }));
  const run = await runExperiment(resolveConfig(config), { rows, baseDir: "." });
  try {
    const { results, baseline } = run.outcome;
    const metric = (task: string) => {
      const found = results.test?.evaluations[task].metrics ?? {};
      if (problem.kind === "binary") return found.rocAuc ?? Number.NaN;
      return found.rmse / (baseline.test?.evaluations[task].metrics.rmse ?? Number.NaN);
    };
    const output = problem.kind === "binary" ? "probability" : "value";
    return {
      scores: Object.fromEntries(problem.tasks.map((t) => [t, metric(t)])),
      predicted: Object.fromEntries(
        problem.tasks.map((t) => {
          const scored = results.test?.scored[t];
          return [t, (scored ? wholeOf(scored).outputs[output] : []) as Float32Array];
        }),
      ),
    };
  } finally {
    run.close();
  }
}

/** Predictions of every row by models that did not see it. */
async function withPredictions(problem: Problem, isTest: readonly boolean[]): Promise<Problem> {
  const training = isTest.flatMap((test, row) => (test ? [] : [row]));
  const order = Random.from(0, "stack").permutation(training.length);
  const foldOf = new Int8Array(isTest.length).fill(-1);
  training.forEach((row, i) => {
    foldOf[row] = order[i] % 3;
  });
  const rows = problem.rows.map((row) => ({ ...row }) as Record<string, unknown>);
  const fill = async (among: readonly number[], held: (row: number) => boolean) => {
    const sub = { ...problem, rows: among.map((row) => problem.rows[row]) };
    const { predicted } = await fitSplit(sub, among.map(held), alone);
    const out = among.filter(held);
    for (const task of problem.tasks)
      out.forEach((row, i) => {
        rows[row][`p.${task}`] = predicted[task][i];
      });
  };
  for (const fold of [0, 1, 2]) await fill(training, (row) => foldOf[row] === fold);
  await fill([...isTest.keys()], (row) => isTest[row]);
  const more = problem.tasks.map((t) => [`p.${t}`, { type: "number" }]);
  return { ...problem, rows, inputs: { ...problem.inputs, ...Object.fromEntries(more) } };
}

const methods: Readonly<
  Record<string, (problem: Problem, isTest: readonly boolean[]) => Promise<Fitted>>
> = {
  independent: (problem, isTest) => fitSplit(problem, isTest, alone),
  stacked: async (problem, isTest) =>
    fitSplit(await withPredictions(problem, isTest), isTest, alone),
  "multi-task, trace norm": (problem, isTest) => fitSplit(problem, isTest, tied("traceNorm")),
  "multi-task, L2,1": (problem, isTest) => fitSplit(problem, isTest, tied("l21")),
  "multi-task, network": (problem, isTest) => fitSplit(problem, isTest, network, networkTraining),
  stacking: (problem, isTest) => fitSplit(problem, isTest, stack, stackTraining),
};
const asked = values.methods?.split(";") ?? Object.keys(methods);

const mean = (list: readonly number[]) => list.reduce((a, b) => a + b, 0) / list.length;

async function scoreAll(
  problem: Problem,
  splits: readonly (readonly boolean[])[],
): Promise<BenchRow> {
  const found: Record<string, number> = {};
  for (const [name, method] of Object.entries(methods)) {
    if (!asked.includes(name)) continue;
    const scores: number[] = [];
    for (const isTest of splits) {
      const defined = Object.values((await method(problem, isTest)).scores).filter(Number.isFinite);
      scores.push(mean(defined));
    }
    found[name] = digits(mean(scores));
    process.stderr.write(`${problem.name}, ${name}: ${found[name]}\n`);
  }
  const { independent, ...others } = found;
  const shared = Object.values(others);
  const best = problem.kind === "binary" ? Math.max(...shared) : Math.min(...shared);
  return {
    what: `${problem.name}, ${problem.tasks.length} ${problem.kind === "binary" ? "labels" : "numbers"}`,
    unit: problem.kind === "binary" ? "macro AUC" : "aRRMSE",
    ours: best,
    ...(independent !== undefined && { other: independent }),
    value: independent === undefined ? best : digits(best / independent),
    details: found,
  };
}

const wanted = values.tables?.split(",");
const rows: BenchRow[] = [];
for (const [name, targets] of Object.entries(numbers)) {
  if (wanted && !wanted.includes(name)) continue;
  const table = await readTable(join(values.folder, `mtr-${name}`, `${name}.csv`));
  const problem = problemOf(name, [table], targets, "regression");
  const folds = Number(values.folds);
  const order = Random.from(0, "folds").permutation(problem.rows.length);
  const splits = Array.from({ length: folds }, (_, fold) =>
    problem.rows.map((_, row) => order[row] % folds === fold),
  );
  rows.push(await scoreAll(problem, splits));
}
for (const [name, targets] of Object.entries(labels)) {
  if (wanted && !wanted.includes(name)) continue;
  const at = (part: string) => join(values.folder, `multilabel-${name}`, `${name}_${part}.csv`);
  const [train, test] = [await readTable(at("train")), await readTable(at("test"))];
  const problem = problemOf(name, [train, test], targets, "binary");
  rows.push(await scoreAll(problem, [problem.rows.map((_, row) => row >= train.rows)]));
}
printResult({
  question: "Do targets of one table help each other?",
  value:
    "best of the shared models over each target by itself (picked on test rows: a description, not a claim)",
  rows,
});
