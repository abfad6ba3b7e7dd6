import { describe, expect, it } from "vitest";
import { Random } from "../../core/random.ts";
import { tableFromRows } from "../../data/from-rows.ts";
import { memoryRowStore } from "../../data/rows.ts";
import type { Modality } from "../../modalities/modality.ts";
import type { TaskKind } from "../../tasks/task.ts";
import { taskKinds } from "../../tasks/tasks.ts";
import { trainingConfig } from "../../train/config.ts";
import { allRows } from "../../train/evaluation.ts";
import type { WarmStart } from "../../train/parameters.ts";
import type { Problem } from "../../train/problem.ts";
import type { FitOptions } from "../learner.ts";
import { linearConfig } from "./config.ts";
import { linear } from "./linear.ts";

const [rows, features] = [40, 3];
const random = Random.from(5, "around");
const x = Array.from({ length: rows }, () =>
  Array.from({ length: features }, () => random.normal()),
);
const truth = [1, -2, 0.5];
const labels = x.map((row) => row.reduce((sum, v, f) => sum + v * truth[f], 3) + random.normal());
const modality = {
  name: "plain",
  features: {
    feeds: () => [{ name: "values", dtype: "float32", shape: [features] }],
    blocks: () => [{ kind: "dense", feed: "values", names: ["a", "b", "c"] }],
  },
} as unknown as Modality;

/** Labels standardised by their own mean and deviation, one regression task a name. */
function problemOf(names: readonly string[] = ["y"]): Problem {
  const kind = taskKinds.regression as unknown as TaskKind;
  const options = kind.options.parse({ transform: "none" });
  const column = tableFromRows(labels.map((y) => ({ y }))).columns.get("y");
  if (!column) throw new Error("no column");
  const tasks = names.map((name) => {
    const learning = kind.learn(options, name);
    learning.add(column, 0);
    return { name, kind, options, state: learning.finish(), weight: 0.5 };
  });
  const encoded = tasks.map(({ state }) => {
    const label = new Float32Array(rows);
    kind.encode(state, column, label, new Float32Array(rows).fill(1), 0);
    return label;
  });
  const layout = [
    { name: "x.values", dtype: "float32" as const, width: features },
    { name: "x.present", dtype: "float32" as const, width: 1 },
    ...names.flatMap((name) => [
      { name: `${name}.label`, dtype: "float32" as const, width: 1 },
      { name: `${name}.weight`, dtype: "float32" as const, width: 1 },
    ]),
  ];
  const store = memoryRowStore(layout, rows, [
    Float32Array.from(x.flat()),
    new Float32Array(rows).fill(1),
    ...encoded.flatMap((label) => [label, new Float32Array(rows).fill(1)]),
  ]);
  return {
    inputs: [{ name: "x", modality, state: null, options: {} }],
    tasks,
    train: { store, truth: {} },
    validation: undefined,
    seed: 1,
  };
}

const warm = (values: readonly number[], bias: readonly number[], taken?: readonly number[]) =>
  new Map([
    [
      "weight.x.values",
      {
        shape: [features, bias.length],
        values: Float32Array.from(values),
        ...(taken && { taken: Uint8Array.from(taken) }),
      },
    ],
    ["bias", { shape: [bias.length], values: Float32Array.from(bias) }],
  ]) as WarmStart;

async function solved(config: object, options: Partial<FitOptions> = {}, problem = problemOf()) {
  const fitted = await linear.fit(
    problem,
    linearConfig.parse({ tolerance: 1e-10, penalty: { l2: 0 }, ...config }),
    { training: trainingConfig.parse({}), ...options },
  );
  const raw = await fitted.predict(problem.train.store, allRows(problem.train.store));
  const size = problem.tasks.length;
  const weights = problem.tasks.map(({ name }) => solve(design, Array.from(raw[name])));
  return { fitted, raw, weights, size };
}

/** Rows of features and 1. */
const design = x.map((row) => [...row, 1]);

/** Solves AᵀA·w = Aᵀb, with `ridge` on the diagonal and `right` added to the right side. */
function solve(
  a: readonly (readonly number[])[],
  b: readonly number[],
  ridge: readonly number[] = [],
  right: readonly number[] = [],
): number[] {
  const n = a[0].length;
  const m = Array.from({ length: n }, (_, i) => [
    ...Array.from(
      { length: n },
      (_, j) => a.reduce((s, r) => s + r[i] * r[j], 0) + (i === j ? (ridge[i] ?? 0) : 0),
    ),
    a.reduce((s, r, k) => s + r[i] * b[k], 0) + (right[i] ?? 0),
  ]);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      if (i === j) continue;
      const f = m[j][i] / m[i][i];
      for (let k = i; k <= n; k++) m[j][k] -= f * m[i][k];
    }
  return m.map((row, i) => row[n] / row[i]);
}

/** Standardised labels as the task encodes them. */
function standardised(): number[] {
  const store = problemOf().train.store;
  const out = store.layout.map(({ width, dtype }) =>
    dtype === "int32" ? new Int32Array(rows * width) : new Float32Array(rows * width),
  );
  store.gather(allRows(store), 0, rows, out);
  return Array.from(out[store.layout.findIndex((e) => e.name === "y.label")]);
}

const old = [0.9, -0.3, 0.2];
const close = (got: readonly number[], expected: readonly number[], digits = 5) =>
  got.forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i], digits);
  });

describe("a linear model drawn to the weights of another", () => {
  // mean (y − Xw)² + ½·p·‖w − w₀‖² has XᵀX·w + ½·p·n·w = Xᵀy + ½·p·n·w₀.
  const expected = (pull: number, taken = [1, 1, 1]) => {
    const r = taken.map((t) => (t * pull * rows) / 2);
    return solve(
      design,
      standardised(),
      r,
      r.map((v, i) => v * old[i]),
    );
  };

  it.each(["lbfgs", "proximal"])("solves the normal equations around them: %s", async (solver) => {
    for (const pull of [0, 0.3, 5]) {
      const { weights } = await solved({ solver }, { warmStart: warm(old, [0.1]), pull });
      close(weights[0], expected(pull));
    }
  });

  it("adds the pull to the ridge of the change, and leaves what is new to the penalty", async () => {
    const taken = [1, 0, 1];
    const start = warm([0.9, 0, 0.2], [0.1], taken);
    const { weights } = await solved({ penalty: { l2: 0.2 } }, { warmStart: start, pull: 0.5 });
    const ridge = [0.7, 0.2, 0.7].map((p) => (p * rows) / 2);
    const target = [0.9, 0, 0.2];
    close(
      weights[0],
      solve(
        design,
        standardised(),
        ridge,
        ridge.map((v, i) => v * target[i]),
      ),
    );
  });

  it("takes the lasso of the change: where it is strong every weight stays", async () => {
    const { weights, fitted } = await solved(
      { penalty: { l1: 100, l2: 0 } },
      { warmStart: warm(old, [0.1]), pull: 0 },
    );
    close(weights[0].slice(0, features), old, 6);
    expect(fitted.facts.nonZero).toEqual({ y: 3 });
    // Right but for the last weight: that one alone moves.
    const near = solve(design, standardised()).slice(0, features);
    near[2] += 2;
    const weak = await solved(
      { penalty: { l1: 0.3, l2: 0 } },
      { warmStart: warm(near, [0.1]), pull: 0 },
    );
    const moved = weak.weights[0].slice(0, features).map((w, i) => Math.abs(w - near[i]) > 1e-4);
    expect(moved).toEqual([false, false, true]);
  });

  it("lets a regularizer tie what tasks change, not what they are", async () => {
    const problem = problemOf(["y", "z"]);
    // Both tasks want the same weights: their changes from opposite priors differ as the priors do.
    const start = warm([0.9, -0.9, -0.3, 0.3, 0.2, -0.2], [0, 0]);
    const { weights } = await solved(
      { penalty: { l2: 0 }, regularizer: { type: "l21", weight: 1e4 } },
      { warmStart: start, pull: 0 },
      problem,
    );
    close(weights[0].slice(0, features), [0.9, -0.3, 0.2], 4);
    close(weights[1].slice(0, features), [-0.9, 0.3, -0.2], 4);
  });

  it("does the same by stochastic steps", async () => {
    const training = trainingConfig.parse({
      epochs: 800,
      batchSize: rows,
      optimizer: { type: "gd", learningRate: 0.1 },
    });
    const { weights } = await solved(
      { solver: "sgd", penalty: { l2: 0.4 } },
      { warmStart: warm(old, [0.1]), training },
    );
    close(weights[0], expected(0.4), 4);
    await expect(
      solved({ solver: "sgd" }, { warmStart: warm(old, [0.1]), training, pull: 1 }),
    ).rejects.toThrow("linear: transfer.pull auto beside solver sgd; got 1");
  });

  it("chooses by cross-validation: strong where the old weights are right, weak where they are wrong", async () => {
    const right = solve(design, standardised());
    const chosen = async (start: readonly number[]) => {
      const { fitted } = await solved({}, { warmStart: warm(start, [0]) });
      return (fitted.facts.pull as { y: { pull: number; losses: unknown[] } }).y;
    };
    const good = await chosen(right.slice(0, features));
    expect(good.pull).toBe(100);
    expect(good.losses).toHaveLength(7);
    expect((await chosen([-3, 4, 5])).pull).toBeLessThan(0.01);
    const fresh = await solved({}, { warmStart: new Map() });
    const scratch = await solved({});
    expect(fresh.raw.y).toEqual(scratch.raw.y);
  });

  it("is the same for the same seed", async () => {
    const [a, b] = await Promise.all(
      [1, 2].map(() => solved({ penalty: { l2: 0.01 } }, { warmStart: warm(old, [0.1]) })),
    );
    expect(a.raw.y).toEqual(b.raw.y);
  });
});
