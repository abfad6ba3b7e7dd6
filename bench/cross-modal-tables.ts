/**
 * @file Tables with texts, pictures, numbers and categories, all tasks of each in one model: countries and their flags,
 * coffees, works of art. By a network, and by a stack of linear models and networks. Nothing is set apart for validation: the
 * last epoch counts.
 *
 *     npx tsx bench/cross-modal-tables.ts [--sets countries,coffee,tate] [--ways network,stack] [--seeds 0,1]
 *         [--set '{"training": {…}}'] [--keep folder] [--write]
 *     npx tsx bench/cross-modal-tables.ts --rows rows.json && python bench/peers/cross_modal_sklearn.py rows.json folder
 *
 * Countries: five parts by row % 5, each the test once; coffees: row % 5 = 0; works: id % 5 = 0. `--rows` writes the rows for
 * the peer instead, which learns a linear model a task from the same inputs. What is said of test rows is kept in the folder of
 * `--keep`, and not learned again; with what the peer said there, the two are compared. `--write` writes
 * results/cross-modal-tables.json.
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
import { wholeOf } from "../src/tasks/scored.ts";
import { difference, type Judged, metrics, scoreOf } from "./cross-modal-scores.ts";
import { type CrossModalSet, sets } from "./cross-modal-sets.ts";
import { digits } from "./result.ts";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const { values } = parseArgs({
  options: {
    data: { type: "string", default: at("../../shared/data") },
    sets: { type: "string", default: "countries,coffee,tate" },
    seeds: { type: "string", default: "0,1" },
    ways: { type: "string", default: "network,stack" },
    set: { type: "string", default: "{}" },
    keep: { type: "string" },
    rows: { type: "string" },
    write: { type: "boolean", default: false },
  },
});
if (!existsSync(join(values.data, "tate-artworks"))) {
  console.log(`skipped: no tate-artworks in ${values.data}`);
  process.exit(0);
}
const override = JSON.parse(values.set) as Record<string, Readonly<Record<string, unknown>>>;

type Way = (set: CrossModalSet) => {
  readonly inputs: CrossModalSet["inputs"];
  readonly learner: Readonly<Record<string, unknown>> & { readonly type: string };
};

const ways: Readonly<Record<string, Way>> = {
  network: ({ inputs, learner }) => ({ inputs, learner: { type: "neural", ...learner } }),
  stack: ({ inputs, stack: { learner, without = [] } }) => ({
    inputs: Object.fromEntries(Object.entries(inputs).filter(([name]) => !without.includes(name))),
    learner: { type: "stacking", ...learner },
  }),
};

/** What is said of the labelled test rows of one part, a task, and what is true of them. */
async function run(set: CrossModalSet, way: string, fold: number, seed: number) {
  const { tasks, rows, baseDir } = set;
  const { inputs, learner: own } = ways[way](set);
  const used = [...Object.keys(inputs), ...Object.keys(tasks)];
  const kept = rows.map((row) => Object.fromEntries(used.map((name) => [name, row[name]])));
  const table = tableFromRows(kept, { baseDir });
  const part = (test: boolean) =>
    Int32Array.from(rows.flatMap((row, i) => ((set.fold(row, i) === fold) === test ? [i] : [])));
  const config = resolveConfig({
    data: "rows",
    inputs,
    tasks,
    learner: { ...own, ...override.learner },
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
  const test = part(true);
  const outcome = await fitFamily({
    stream: memoryStream(table),
    specs: resolveSpecs({ inputs: config.inputs, tasks: config.tasks, reserved: [] }, table),
    split: { train: part(false), validation: new Int32Array(0), test },
    learner,
    training,
    seed,
    badCells: "error",
  });
  const outputs = Object.fromEntries(
    Object.entries(outcome.results.test?.scored ?? {}).map(([t, rows]) => [
      t,
      wholeOf(rows).outputs,
    ]),
  );
  const { truth } = outcome.parts.test as NonNullable<typeof outcome.parts.test>;
  outcome.close();
  return Object.fromEntries(
    Object.entries(tasks).map(([task, { type }]) => {
      const labelled = [...test.keys()].filter((i) => rows[test[i]][task] !== null);
      const labels = labelled.map((i) => rows[test[i]][task]);
      const said = outputs[task];
      const numbers = (name: string) => labelled.map((i) => Number(said[name][i]));
      if (type === "regression")
        return [task, { truth: labels.map(Number), said: numbers("value") }];
      if (type === "binary") {
        const yes = labels.map((label) => Number(label === tasks[task].positive));
        return [task, { truth: yes, said: numbers("probability") }];
      }
      const probabilities = said.probabilities as Float32Array;
      const classes = probabilities.length / test.length;
      const right = labelled.map((i) => {
        const row = probabilities.subarray(i * classes, (i + 1) * classes);
        return Number(row.indexOf(Math.max(...row)) === truth[task][i]);
      });
      return [task, { truth: [], said: right }];
    }),
  );
}

/** What a way says of all parts, from the folder where it is kept. */
async function judged(
  name: string,
  set: CrossModalSet,
  way: string,
  seed: number,
): Promise<Readonly<Record<string, Judged>>> {
  const file = values.keep && join(values.keep, `${name}-${way}-${seed}.json`);
  if (file && existsSync(file)) return JSON.parse(readFileSync(file, "utf8"));
  const parts: Awaited<ReturnType<typeof run>>[] = [];
  for (const fold of set.folds) parts.push(await run(set, way, fold, seed));
  const found = Object.fromEntries(
    Object.keys(set.tasks).map((task) => [
      task,
      { truth: parts.map((p) => p[task].truth), said: parts.map((p) => p[task].said) },
    ]),
  );
  if (file) writeFileSync(file, JSON.stringify(found));
  return found;
}

/** What the peer said, where it is kept. */
function peerSaid(name: string): Readonly<Record<string, Judged["said"]>> | undefined {
  const file = values.keep && join(values.keep, `${name}-linear.json`);
  return file && existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
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

/** Scores of the seeds and their mean, and how far ahead of the peer they are. */
function scoresOf(kind: string, seeds: readonly Judged[], linear: Judged["said"] | undefined) {
  const scores = seeds.map((one) => scoreOf(kind, one));
  const peer = linear && { truth: seeds[0].truth, said: linear };
  const ahead = peer && difference(kind, seeds, peer);
  return {
    mean: digits(scores.reduce((a, b) => a + b, 0) / scores.length),
    seeds: scores.map((score) => digits(score)),
    ...(ahead && {
      ahead: digits(ahead.difference, 3),
      interval: [digits(ahead.from, 3), digits(ahead.to, 3)],
    }),
  };
}

const results: Record<string, object> = {};
for (const name of values.sets.split(",")) {
  const set = await sets[name](values.data);
  if (values.rows !== undefined) {
    results[name] = await plain(set);
    continue;
  }
  const began = performance.now();
  const found: Record<string, Readonly<Record<string, Judged>>[]> = {};
  for (const way of values.ways.split(",")) {
    found[way] = [];
    for (const seed of values.seeds.split(",").map(Number))
      found[way].push(await judged(name, set, way, seed));
  }
  const peer = peerSaid(name);
  results[name] = Object.fromEntries(
    Object.entries(set.tasks).map(([task, { type }]) => {
      const kind = String(type);
      const linear = peer?.[task];
      const of = Object.entries(found).map(([way, seeds]) => [
        way,
        scoresOf(
          kind,
          seeds.map((one) => one[task]),
          linear,
        ),
      ]);
      const [first] = Object.values(found);
      const known = linear && { truth: first[0][task].truth, said: linear };
      return [
        task,
        {
          metric: metrics[kind].name,
          ...Object.fromEntries(of),
          ...(known && { linear: digits(scoreOf(kind, known)) }),
        },
      ];
    }),
  );
  const seconds = Math.round((performance.now() - began) / 1000);
  console.log(JSON.stringify({ set: name, seconds, ...results[name] }));
}
if (values.rows !== undefined) writeFileSync(values.rows, JSON.stringify(results));
else if (values.write) {
  // Sets and ways that were not run this time keep their results.
  const file = at("results/cross-modal-tables.json");
  const known = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
  const merged = Object.entries(results as Record<string, Record<string, object>>).map(
    ([set, tasks]) => {
      const before = known.results?.[set] ?? {};
      const joined = Object.entries(tasks).map(([t, found]) => [t, { ...before[t], ...found }]);
      return [set, Object.fromEntries(joined)];
    },
  );
  const record = {
    ...known,
    question:
      "Scores of all tasks of one model a set, on test rows, and how far they are ahead of a tuned linear model a task",
    results: { ...known.results, ...Object.fromEntries(merged) },
    load: loadavg().map((l) => Math.round(l)),
    date: new Date().toISOString(),
  };
  writeFileSync(file, `${JSON.stringify(record, null, 2)}\n`);
}
