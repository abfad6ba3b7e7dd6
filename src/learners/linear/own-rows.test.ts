import { expect, it } from "vitest";
import { Random } from "../../core/random.ts";
import type { Column } from "../../data/columns.ts";
import { tableFromRows } from "../../data/from-rows.ts";
import { memoryRowStore, type RowArray } from "../../data/rows.ts";
import type { Modality } from "../../modalities/modality.ts";
import type { TaskKind } from "../../tasks/task.ts";
import { type LabelKindName, labelKinds } from "../../tasks/tasks.ts";
import { trainingConfig } from "../../train/config.ts";
import { allRows } from "../../train/evaluation.ts";
import type { Problem, ProblemTask } from "../../train/problem.ts";
import { linearConfig } from "./config.ts";
import { type Design, designOf } from "./design.ts";
import { linear } from "./linear.ts";
import { LinearLoss } from "./loss.ts";
import { OwnRowsLoss } from "./own-rows.ts";

const rows = 60;
const features = 3;
const random = Random.from(11);
const x = Float32Array.from({ length: rows * features }, () => random.normal());
const shopOf = Array.from({ length: rows }, () => random.integer(6));
const words = ["ant", "bee", "cat"];

const cells: Partial<Record<LabelKindName, (row: number) => unknown>> = {
  regression: (row) =>
    row % 7 === 0 ? null : Math.exp(x[row * features] + 0.3 * shopOf[row]) + random.uniform(),
  multiclass: (row) => (row % 5 === 0 ? null : words[random.integer(3)]),
};

/** Tasks of each kind, one for each of six shops, and where asked one of all rows. */
function problemOf(kinds: readonly (readonly [LabelKindName, object])[], whole = false): Problem {
  const layout = [
    { name: "x.values", dtype: "float32" as const, width: features },
    { name: "x.present", dtype: "float32" as const, width: 1 },
  ];
  const arrays: RowArray[] = [x, new Float32Array(rows).fill(1)];
  const tasks = kinds.flatMap(([kindName, given]): ProblemTask[] => {
    const kind = labelKinds[kindName] as TaskKind;
    const options = kind.options.parse(given);
    const y = Array.from({ length: rows }, (_, row) => ({ y: cells[kindName]?.(row) }));
    const column = tableFromRows(y).columns.get("y") as Column;
    const learning = kind.learn(options, kindName);
    learning.add(column, 0);
    const state = learning.finish();
    const labels = new Float32Array(rows * kind.labelWidth(state));
    const weights = Float32Array.from({ length: rows }, (_, row) => 1 + (row % 3));
    kind.encode(state, column, labels, weights, 0);
    const add = (name: string, counts: (row: number) => boolean): ProblemTask => {
      layout.push({ name: `${name}.label`, dtype: "float32", width: kind.labelWidth(state) });
      layout.push({ name: `${name}.weight`, dtype: "float32", width: 1 });
      arrays.push(
        labels,
        weights.map((w, row) => (counts(row) ? w : 0)),
      );
      return { name, kind, state, options, weight: 0.1 };
    };
    const shops = Array.from({ length: 6 }, (_, shop) => ({
      ...add(`${kindName}.${shop}`, (row) => shopOf[row] === shop),
      group: {
        task: kindName,
        column: kindName,
        by: "shop",
        source: "number" as const,
        value: String(shop),
      },
    }));
    return whole ? [...shops, add(`${kindName} of all`, () => true)] : shops;
  });
  const view = {
    feeds: () => [{ name: "values", dtype: "float32", shape: [features] }],
    blocks: () => [{ kind: "dense", feed: "values", names: ["a", "b", "c"] }],
  };
  const modality = { name: "plain", features: view } as unknown as Modality;
  return {
    inputs: [{ name: "x", modality, state: null, options: {} }],
    tasks,
    train: { store: memoryRowStore(layout, rows, arrays), truth: {} },
    validation: undefined,
    seed: 1,
  };
}

it("labelled rows alone give the losses and gradients that all rows give", async () => {
  const problem = problemOf([
    ["regression", { link: "sqrt", loss: "huber" }],
    ["multiclass", { classWeights: { bee: 3 } }],
  ]);
  const design = designOf(problem);
  const { store } = problem.train;
  const every = await LinearLoss.create(design, store, { threads: 1 });
  const own = await OwnRowsLoss.create(design, store, { threads: 1 });
  const w = Float64Array.from({ length: (features + 1) * design.outputs }, () => random.normal());
  const [a, b] = [new Float64Array(w.length), new Float64Array(w.length).fill(9)];
  const expected = await every.evaluate(w, a);
  const found = await own.evaluate(w, b);
  expect([...own.counts]).toEqual([...every.counts]);
  expected.forEach((loss, t) => {
    expect(found[t]).toBeCloseTo(loss, 10);
  });
  a.forEach((slope, i) => {
    expect(b[i]).toBeCloseTo(slope, 10);
  });
  await every.dispose();
});

it("is for values of a column whose features are dense and fit in memory", () => {
  const regression = [["regression", {}]] as const;
  const alike = problemOf(regression);
  const { store } = alike.train;
  expect(OwnRowsLoss.fits(designOf(alike), store)).toBe(true);
  expect(OwnRowsLoss.fits(designOf(alike), { ...store, rows: 3_000_000 })).toBe(false);
  const strangers = alike.tasks.map(({ group: _, ...task }) => task);
  expect(OwnRowsLoss.fits(designOf({ ...alike, tasks: strangers }), store)).toBe(false);
  const few = problemOf(regression, true);
  expect(OwnRowsLoss.fits(designOf(few), store)).toBe(false);
  const sparse: Design = { ...designOf(alike), dense: 0 };
  expect(OwnRowsLoss.fits(sparse, store)).toBe(false);
});

it("a task without labels in the rows is left to what ties it to the others", async () => {
  const problem = problemOf([["regression", { link: "log" }]]);
  const { store } = problem.train;
  const silent = store.layout.findIndex((entry) => entry.name === "regression.2.weight");
  const arrays = store.layout.map(({ width }, i) => {
    const array = new Float32Array(rows * width);
    return { array, i };
  });
  store.gather(
    allRows(store),
    0,
    rows,
    arrays.map((a) => a.array),
  );
  arrays[silent].array.fill(0);
  const part = memoryRowStore(
    store.layout,
    rows,
    arrays.map((a) => a.array),
  );
  const config = linearConfig.parse({
    penalty: { l2: 0 },
    regularizer: { type: "meanRegularised", weight: 1 },
    tieIntercepts: 1,
    tolerance: 1e-7,
  });
  const fitted = await linear.fit(
    { ...problem, train: { ...problem.train, store: part } },
    config,
    {
      training: trainingConfig.parse({}),
    },
  );
  const raw = await fitted.predict(part, allRows(part));
  const others = problem.tasks.map((t) => t.name).filter((name) => name !== "regression.2");
  for (let row = 0; row < rows; row++) {
    const mean = others.reduce((sum, name) => sum + raw[name][row], 0) / others.length;
    expect(raw["regression.2"][row]).toBeCloseTo(mean, 4);
  }
  fitted.dispose();
});

it("stops when it is interrupted", async () => {
  const problem = problemOf([["regression", {}]]);
  const stop = new AbortController();
  const loss = await OwnRowsLoss.create(designOf(problem), problem.train.store, {
    threads: 1,
    signal: stop.signal,
  });
  stop.abort();
  const w = new Float64Array((features + 1) * 6);
  await expect(loss.evaluate(w, w.slice())).rejects.toThrow("linear: time to converge");
});
