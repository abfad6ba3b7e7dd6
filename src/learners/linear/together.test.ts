import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Random } from "../../core/random.ts";
import { tableFromRows } from "../../data/from-rows.ts";
import { memoryRowStore, type RowArray } from "../../data/rows.ts";
import type { Modality } from "../../modalities/modality.ts";
import type { TaskKind } from "../../tasks/task.ts";
import { taskKinds } from "../../tasks/tasks.ts";
import { trainingConfig } from "../../train/config.ts";
import { allRows } from "../../train/evaluation.ts";
import type { Problem, ProblemTask } from "../../train/problem.ts";
import { linearConfig } from "./config.ts";
import { designOf } from "./design.ts";
import { linear } from "./linear.ts";
import { LinearLoss } from "./loss.ts";
import { QuadraticLoss } from "./quadratic.ts";

const fixture = JSON.parse(
  readFileSync(new URL("../../regularizers/fixtures/regularizers.json", import.meta.url), "utf8"),
) as {
  x: number[][];
  y: number[][];
  there: number[][];
  tasks: string[];
  solved: { regularizer: { type: string }; loss: number; penalty: number; weights: number[][] }[];
};
const rows = fixture.x.length;
const features = fixture.x[0].length;

/** Regression tasks, each with labels in rows of its own. */
function problemOf(loss = "squared", rowsOfOnes = 0): Problem {
  const kind = taskKinds.regression as TaskKind;
  const options = kind.options.parse({ transform: "none", loss });
  const layout = [
    { name: "x.values", dtype: "float32" as const, width: features },
    { name: "x.present", dtype: "float32" as const, width: 1 },
  ];
  const arrays: RowArray[] = [Float32Array.from(fixture.x.flat()), new Float32Array(rows).fill(1)];
  const tasks = fixture.tasks.map((name, t): ProblemTask => {
    const cells = fixture.y.map((y, row) => ({ y: fixture.there[row][t] ? y[t] : null }));
    const column = tableFromRows(cells).columns.get("y");
    if (!column) throw new Error("no column");
    const learning = kind.learn(options, name);
    learning.add(column, 0);
    const state = learning.finish();
    const label = new Float32Array(rows);
    const weight = new Float32Array(rows).fill(1);
    kind.encode(state, column, label, weight, 0);
    for (let row = 0; row < rowsOfOnes; row++) if (weight[row] > 0) weight[row] = 2;
    layout.push({ name: `${name}.label`, dtype: "float32", width: 1 });
    layout.push({ name: `${name}.weight`, dtype: "float32", width: 1 });
    arrays.push(label, weight);
    return { name, kind, state, options, weight: 1 / fixture.tasks.length };
  });
  const view = {
    feeds: () => [{ name: "values", dtype: "float32", shape: [features] }],
    blocks: () => [{ kind: "dense", feed: "values", names: fixture.x[0].map((_, i) => `x${i}`) }],
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

async function solve(problem: Problem, options: object) {
  const config = linearConfig.parse({
    penalty: { l2: 0 },
    tolerance: 1e-9,
    maxIterations: 20_000,
    ...options,
  });
  const fitted = await linear.fit(problem, config, { training: trainingConfig.parse({}) });
  const raw = await fitted.predict(problem.train.store, allRows(problem.train.store));
  fitted.dispose();
  return { raw, facts: fitted.facts as Record<string, never> & { together: { value: number } } };
}

/** Predictions of given weights, intercepts being those of centred rows. */
function predictionsOf(weights: readonly (readonly number[])[], t: number): number[] {
  const product = fixture.x.map((x) => x.reduce((sum, v, f) => sum + v * weights[f][t], 0));
  const mine = product.flatMap((p, row) => (fixture.there[row][t] ? [fixture.y[row][t] - p] : []));
  const bias = mine.reduce((a, b) => a + b, 0) / mine.length;
  return product.map((p) => p + bias);
}

describe("tied tasks", () => {
  it.each(fixture.solved)("$regularizer.type reaches the certified minimum", async (solved) => {
    const { raw, facts } = await solve(problemOf(), { regularizer: solved.regularizer });
    expect(facts.together.value).toBeCloseTo(solved.loss + solved.penalty, 8);
    for (const [t, name] of fixture.tasks.entries()) {
      const expected = predictionsOf(solved.weights, t);
      for (let row = 0; row < rows; row++) expect(raw[name][row]).toBeCloseTo(expected[row], 4);
    }
  });

  it("tied intercepts are weights of a feature that is 1", async () => {
    const { raw } = await solve(problemOf(), {
      regularizer: { type: "meanRegularised", weight: 1e7 },
      tieIntercepts: 1,
    });
    const [first, ...others] = fixture.tasks.map((name) => raw[name]);
    for (const other of others)
      for (let row = 0; row < rows; row++) expect(other[row]).toBeCloseTo(first[row], 3);
    // With a large constant small weights do for large intercepts.
    const held = { regularizer: { type: "l2", weight: 1e4 }, tieIntercepts: 1 };
    const loose = { regularizer: { type: "l2", weight: 1e4 }, tieIntercepts: 1e4 };
    expect(Math.abs((await solve(problemOf(), held)).raw.t4[0])).toBeLessThan(1e-2);
    expect(Math.abs((await solve(problemOf(), loose)).raw.t4[0])).toBeGreaterThan(1);
    const free = await solve(problemOf(), {
      regularizer: { type: "meanRegularised", weight: 1e7 },
    });
    const difference = free.raw.t4.map((v, row) => v - free.raw.t0[row]);
    expect(Math.min(...difference)).toBeGreaterThan(1);
    expect(Math.max(...difference) - Math.min(...difference)).toBeLessThan(1e-3);
  });

  it("count by their rows where asked", async () => {
    const regularizer = { type: "meanRegularised", weight: 1 };
    const { raw } = await solve(problemOf(), { regularizer, tieIntercepts: 1, balance: "rows" });
    // The penalty has no say in what tasks have in common: all residuals together add up to 0.
    let sum = 0;
    for (const [t, name] of fixture.tasks.entries())
      for (let row = 0; row < rows; row++)
        if (fixture.there[row][t]) sum += raw[name][row] - fixture.y[row][t];
    expect(Math.abs(sum)).toBeLessThan(1e-4);
  });

  it("choose the regulariser's weight by the loss on held-out rows", async () => {
    const weights = [1e-3, 0.03, 1, 30, 1000];
    const { facts } = await solve(problemOf(), {
      regularizer: "traceNorm",
      select: { weights, folds: 4 },
      tolerance: 1e-6,
    });
    const { select, regularizer } = facts as unknown as {
      select: { weight: number; loss: number; error: number }[];
      regularizer: { weight: number };
    };
    expect(select.map((s) => s.weight)).toEqual(weights.toReversed());
    const best = select.reduce((a, b) => (b.loss < a.loss ? b : a));
    expect(regularizer.weight).toBe(best.weight);
    expect(best.weight).toBeLessThan(30);
    expect(select[0].loss).toBeGreaterThan(best.loss + best.error);
  });

  it("leave out what names other tasks when fitted among some", () => {
    const config = linearConfig.parse({
      regularizer: { type: "temporal", order: ["b", "a"] },
      perTask: { a: { l2: 1 }, b: { l2: 2 } },
      select: { weights: [1, 2] },
    });
    const optionsFor = (names: readonly string[]) =>
      linear.forTasks?.(
        config,
        names.map((name) => ({ name, kind: "regression" })),
      );
    expect(optionsFor(["a", "b"])).toEqual(config);
    expect(optionsFor(["a"])).toMatchObject({
      regularizer: { type: "none" },
      perTask: { a: { l2: 1 } },
      select: { weights: [] },
    });
    expect(Object.keys(optionsFor(["b"])?.perTask ?? {})).toEqual(["b"]);
  });

  it("refuse options that contradict each other", async () => {
    const refuse = (options: object) => expect(solve(problemOf(), options)).rejects;
    await refuse({ select: { weights: [1] } }).toThrow(
      "linear: a regularizer for select.weights to choose from; got regularizer none",
    );
    await refuse({ regularizer: "l21", intercept: false, tieIntercepts: 1 }).toThrow(
      "linear: intercepts for tieIntercepts above 0; got intercept false",
    );
    await refuse({ regularizer: "dirty", penalty: { l1: 0.1 } }).toThrow(
      "linear: penalty.l1 of 0 beside regularizer dirty; got one above 0",
    );
    await refuse({ regularizer: { type: "fused", order: ["t0", "t1"] } }).toThrow(
      "regularizer fused, order: every task once",
    );
  });
});

it("second moments give the loss and gradient that rows give", async () => {
  const problem = problemOf("squared", 20);
  const design = designOf(problem);
  const { store } = problem.train;
  expect(QuadraticLoss.fits(design, store)).toBe(true);
  const huber = problemOf("huber");
  expect(QuadraticLoss.fits(designOf(huber), huber.train.store)).toBe(false);
  const direct = await LinearLoss.create(design, store, { threads: 1 });
  const moments = await QuadraticLoss.create(design, store, { threads: 1 });
  const random = Random.from(3);
  const x = Float64Array.from({ length: (features + 1) * 5 }, () => random.normal());
  const [a, b] = [new Float64Array(x.length), new Float64Array(x.length)];
  const expected = await direct.evaluate(x, a);
  const found = await moments.evaluate(x, b);
  expect([...moments.counts]).toEqual([...direct.counts]);
  for (let t = 0; t < 5; t++) expect(found[t]).toBeCloseTo(expected[t], 9);
  for (let i = 0; i < x.length; i++) expect(b[i]).toBeCloseTo(a[i], 9);
  await direct.dispose();
});
