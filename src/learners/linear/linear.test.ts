import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { OnnxBuilder } from "../../compiler/onnx/builder.ts";
import { createSession } from "../../compiler/onnx/session/session.ts";
import { tableFromRows } from "../../data/from-rows.ts";
import { memoryRowStore, type RowArray, type RowLayout } from "../../data/rows.ts";
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

const fixture = JSON.parse(
  readFileSync(new URL("./fixtures/linear.json", import.meta.url), "utf8"),
) as {
  x: number[][];
  number: number[];
  yes: number[];
  kind: number[];
  events: number[];
  there: number[][];
  alpha: number;
  share: number;
  c: number;
} & Record<string, { coef: number[][]; intercept: number[] }>;
const rows = fixture.x.length;
const features = fixture.x[0].length;

/** Features given as they are, dense or as padded lists of those that are not zero. */
function plain(kind: "dense" | "sparse"): Modality {
  const view = {
    feeds: () =>
      kind === "dense"
        ? [{ name: "values", dtype: "float32", shape: [features] }]
        : [
            { name: "ids", dtype: "int32", shape: [features] },
            { name: "values", dtype: "float32", shape: [features] },
          ],
    blocks: () =>
      kind === "dense"
        ? [{ kind, feed: "values", names: fixture.x[0].map((_, i) => `x${i}`) }]
        : [{ kind, ids: "ids", values: "values", size: features, name: (id: number) => `x${id}` }],
  };
  return { name: "plain", features: view } as unknown as Modality;
}

const columns: Record<string, { kind: TaskKind; options: object; labels: unknown[] }> = {
  number: {
    kind: taskKinds.regression as TaskKind,
    options: { transform: "none" },
    labels: fixture.number,
  },
  yes: { kind: taskKinds.binary as TaskKind, options: {}, labels: fixture.yes },
  kind: { kind: taskKinds.multiclass as TaskKind, options: {}, labels: fixture.kind },
  events: { kind: taskKinds.count as TaskKind, options: {}, labels: fixture.events },
};

interface ProblemOptions {
  readonly tasks?: readonly string[];
  readonly kind?: "dense" | "sparse";
  /** Rows to leave out rather than mask. */
  readonly keep?: readonly number[];
}

function problemOf({
  tasks = Object.keys(columns),
  kind = "dense",
  keep,
}: ProblemOptions = {}): Problem {
  const used = keep ?? fixture.x.map((_, i) => i);
  const layout: { name: string; dtype: "float32" | "int32"; width: number }[] = [];
  const arrays: RowArray[] = [];
  const add = (name: string, dtype: "float32" | "int32", width: number, array: RowArray) => {
    layout.push({ name, dtype, width });
    arrays.push(array);
  };
  const x = used.flatMap((row) => fixture.x[row]);
  if (kind === "dense") add("x.values", "float32", features, Float32Array.from(x));
  else {
    const ids = used.flatMap((row) => {
      const some = fixture.x[row].flatMap((v, i) => (v === 0 ? [] : [i])).reverse();
      return [...some, ...new Array<number>(features - some.length).fill(-1)];
    });
    const values = ids.map((id, at) =>
      id < 0 ? 0 : fixture.x[used[Math.floor(at / features)]][id],
    );
    add("x.ids", "int32", features, Int32Array.from(ids));
    add("x.values", "float32", features, Float32Array.from(values));
  }
  add("x.present", "float32", 1, new Float32Array(used.length).fill(1));
  const problemTasks = tasks.map((name): ProblemTask => {
    const { kind: task, options, labels } = columns[name];
    const at = Object.keys(columns).indexOf(name);
    const cells = used.map((row) => ({ y: fixture.there[at][row] ? labels[row] : null }));
    const column = tableFromRows(cells).columns.get("y");
    if (!column) throw new Error("no column");
    const parsed = task.options.parse(options);
    const learning = task.learn(parsed, name);
    learning.add(column, 0);
    const state = learning.finish();
    const width = task.labelWidth(state);
    const label = new Float32Array(used.length * width);
    const weight = new Float32Array(used.length).fill(1);
    task.encode(state, column, label, weight, 0);
    add(`${name}.label`, "float32", width, label);
    add(`${name}.weight`, "float32", 1, weight);
    return { name, kind: task, state, options: parsed, weight: 0.5 };
  });
  const store = memoryRowStore(layout as RowLayout, used.length, arrays);
  const input = { name: "x", modality: plain(kind), state: null, options: {} };
  return {
    inputs: [input],
    tasks: problemTasks,
    train: { store, truth: {} },
    validation: undefined,
    seed: 1,
  };
}

const labelled = (task: string) =>
  fixture.there[Object.keys(columns).indexOf(task)].reduce((a, b) => a + b, 0);

async function rawOf(problem: Problem, config: object, training: object = {}) {
  const fitted = await linear.fit(problem, linearConfig.parse({ tolerance: 1e-10, ...config }), {
    training: trainingConfig.parse(training),
  });
  const raw = await fitted.predict(problem.train.store, allRows(problem.train.store));
  return { fitted, raw };
}

/** Raw outputs of a model of scikit-learn. */
function peer(model: string): number[] {
  const { coef, intercept } = fixture[model];
  return fixture.x.flatMap((x) =>
    coef.map((w, o) => w.reduce((sum, c, i) => sum + c * x[i], intercept[o])),
  );
}

/** Largest difference relative to the largest value; class scores are centred, as they are free. */
function difference(got: ArrayLike<number>, expected: readonly number[], classes = 1): number {
  const centred = (list: ArrayLike<number>) =>
    Array.from(list, (v, i) => {
      if (classes === 1) return v;
      const start = i - (i % classes);
      let sum = 0;
      for (let k = 0; k < classes; k++) sum += list[start + k];
      return v - sum / classes;
    });
  const [a, b] = [centred(got), centred(expected)];
  const scale = Math.max(...b.map(Math.abs));
  return Math.max(...a.map((v, i) => Math.abs(v - b[i]))) / scale;
}

describe("linear equals scikit-learn", () => {
  const { alpha, share, c } = fixture;
  const counts = fixture.events.filter((_, i) => fixture.there[3][i]);
  const meanCount = counts.reduce((a, b) => a + b, 0) / counts.length;
  const penalties = {
    number: { l2: (2 * alpha) / labelled("number") },
    yes: { l2: 1 / (c * labelled("yes")) },
    kind: { l2: 1 / (c * labelled("kind")) },
    events: { l2: 0.1 / meanCount },
  };

  for (const kind of ["dense", "sparse"] as const) {
    it(`ridge, logistic, multinomial and Poisson at once, ${kind}`, async () => {
      const { raw } = await rawOf(problemOf({ kind }), { perTask: penalties });
      expect(difference(raw.number, peer("ridge"))).toBeLessThan(1e-6);
      expect(difference(raw.yes, peer("logistic"))).toBeLessThan(1e-6);
      expect(difference(raw.kind, peer("multinomial"), 3)).toBeLessThan(1e-6);
      const logMeans = Array.from(raw.events, (v) => v + Math.log(meanCount));
      expect(difference(logMeans, peer("poisson"))).toBeLessThan(1e-6);
    });

    it(`lasso and elastic net, ${kind}`, async () => {
      const problem = problemOf({ tasks: ["number"], kind });
      const lasso = await rawOf(problem, { penalty: { l1: 0.4, l2: 0 } });
      expect(difference(lasso.raw.number, peer("lasso"))).toBeLessThan(1e-6);
      const zeros = fixture.lasso.coef[0].filter((v) => v === 0).length;
      expect(lasso.fitted.facts.nonZero).toEqual({ number: features - zeros });
      const net = await rawOf(problem, { penalty: { l1: 0.4 * share, l2: 0.4 * (1 - share) } });
      expect(difference(net.raw.number, peer("elasticNet"))).toBeLessThan(1e-6);
    });
  }

  it("the same penalties as regularizers on the whole matrix", async () => {
    const problem = problemOf({ tasks: ["number"] });
    const l1 = { penalty: { l2: 0 }, regularizer: { type: "l1", weight: 0.4 } };
    expect(difference((await rawOf(problem, l1)).raw.number, peer("lasso"))).toBeLessThan(1e-6);
    const net = {
      penalty: { l2: 0 },
      regularizer: { type: "elasticNet", weight: 0.4, l1Share: share },
    };
    expect(difference((await rawOf(problem, net)).raw.number, peer("elasticNet"))).toBeLessThan(
      1e-6,
    );
    const weight = (2 * alpha) / labelled("number");
    const l2 = { penalty: { l2: 0 }, regularizer: { type: "l2", weight } };
    expect(difference((await rawOf(problem, l2)).raw.number, peer("ridge"))).toBeLessThan(1e-6);
  });

  it("proximal steps without an L1 part", async () => {
    const problem = problemOf({ tasks: ["number", "yes"] });
    const { raw } = await rawOf(problem, {
      perTask: { number: penalties.number, yes: penalties.yes },
      solver: "proximal",
      maxIterations: 20000,
    });
    expect(difference(raw.number, peer("ridge"))).toBeLessThan(1e-6);
    expect(difference(raw.yes, peer("logistic"))).toBeLessThan(1e-6);
  });

  it("full-batch gradient descent by the training section comes near", async () => {
    const problem = problemOf({ tasks: ["number"] });
    const { raw } = await rawOf(
      problem,
      { solver: "sgd", penalty: penalties.number },
      {
        epochs: 400,
        batchSize: rows,
        optimizer: { type: "gd", learningRate: 0.2 },
      },
    );
    expect(difference(raw.number, peer("ridge"))).toBeLessThan(1e-4);
  });
});

describe("the loss", () => {
  for (const kind of ["dense", "sparse"] as const) {
    it(`is the same in chunks of rows, and has the gradient of differences, ${kind}`, async () => {
      const problem = problemOf({ kind });
      const design = designOf(problem);
      const x = Float64Array.from({ length: (design.features + 1) * design.outputs }, (_, i) =>
        Math.sin(3 * i + 1),
      );
      const whole = await LinearLoss.create(design, problem.train.store, { threads: 1 });
      const gradient = new Float64Array(x.length);
      const losses = await whole.evaluate(x, gradient);
      for (const chunkRows of [1, 7, 45]) {
        const options = { threads: 1, chunkRows };
        const parts = await LinearLoss.create(design, problem.train.store, options);
        const again = new Float64Array(x.length);
        const values = await parts.evaluate(x, again);
        expect(difference(values, [...losses])).toBeLessThan(1e-12);
        expect(difference(again, [...gradient])).toBeLessThan(1e-12);
        await parts.dispose();
      }
      const unused = new Float64Array(x.length);
      const at = async (i: number, value: number) => {
        const moved = x.slice();
        moved[i] = value;
        return (await whole.evaluate(moved, unused)).reduce((a, b) => a + b, 0);
      };
      for (let i = 0; i < x.length; i++) {
        const slope = ((await at(i, x[i] + 1e-5)) - (await at(i, x[i] - 1e-5))) / 2e-5;
        expect(Math.abs(slope - gradient[i])).toBeLessThan(1e-7);
      }
      await whole.dispose();
    });
  }
});

describe("linear", () => {
  it("masks missing labels: the same as leaving those rows out", async () => {
    const keep = fixture.x.flatMap((_, i) => (fixture.there[1][i] ? [i] : []));
    const all = await rawOf(problemOf({ tasks: ["yes"] }), {});
    const few = await rawOf(problemOf({ tasks: ["yes"], keep }), {});
    expect(
      difference(
        keep.map((i) => all.raw.yes[i]),
        [...few.raw.yes],
      ),
    ).toBeLessThan(1e-6);
  });

  it("gives a task the same solution beside other tasks, in any order", async () => {
    const alone = await rawOf(problemOf({ tasks: ["kind"] }), {});
    const beside = await rawOf(problemOf({ tasks: ["events", "kind", "number"] }), {});
    expect(difference(beside.raw.kind, [...alone.raw.kind], 3)).toBeLessThan(1e-9);
  });

  it("chooses a penalty by cross-validation", async () => {
    const select = { l2: [1e-6, 0.01, 1000], folds: 4 };
    const { fitted } = await rawOf(problemOf({ tasks: ["number", "yes"] }), {
      select,
      tolerance: 1e-7,
    });
    const tasks = fitted.facts.tasks as Record<string, { l2: number }>;
    expect(tasks.number.l2).toBeLessThan(1);
    expect(tasks.yes.l2).toBe(0.01);
    const curves = fitted.facts.select as Record<string, { l2: number; loss: number }[]>;
    expect(curves.yes.map((c) => c.l2)).toEqual([1000, 0.01, 1e-6]);
    expect(Math.min(...curves.yes.map((c) => c.loss))).toBe(curves.yes[1].loss);
  });

  it("leaves intercepts at 0 when asked", async () => {
    const { fitted, raw } = await rawOf(problemOf({ tasks: ["number"] }), { intercept: false });
    const zero = fixture.x.findIndex((x) => x.every((v) => v === 0));
    expect(fitted.parameters).toBe(features);
    if (zero >= 0) expect(raw.number[zero]).toBe(0);
  });

  it("exports the function it predicts with", async () => {
    for (const kind of ["dense", "sparse"] as const) {
      const problem = problemOf({ kind });
      const { fitted, raw } = await rawOf(problem, { tolerance: 1e-5 });
      const onnx = new OnnxBuilder();
      const values = Object.fromEntries(
        problem.train.store.layout
          .slice(0, kind === "dense" ? 2 : 3)
          .map(({ name, dtype, width }) => [name, onnx.input(name, dtype, ["rows", width])]),
      );
      for (const [task, value] of Object.entries(fitted.emit(onnx, values))) {
        onnx.node("Identity", [value], { outputs: [`${task}:out`] });
        const { size } = { size: raw[task].length / rows };
        onnx.output(`${task}:out`, "float32", ["rows", size]);
      }
      const session = await createSession(onnx.toBytes(), { threads: 1 });
      for (const count of [1, 7, rows]) {
        const feeds = Object.fromEntries(
          session.inputNames.map((name) => {
            const at = problem.train.store.layout.findIndex((e) => e.name === name);
            const { dtype, width } = problem.train.store.layout[at];
            const data =
              dtype === "int32" ? new Int32Array(count * width) : new Float32Array(count * width);
            const outs = problem.train.store.layout.map((e, i) =>
              i === at
                ? data
                : e.dtype === "int32"
                  ? new Int32Array(count * e.width)
                  : new Float32Array(count * e.width),
            );
            problem.train.store.gather(allRows(problem.train.store), 0, count, outs);
            return [name, { dtype, dims: [count, width], data }];
          }),
        );
        const got = await session.run(feeds as never);
        for (const task of Object.keys(raw)) {
          const width = raw[task].length / rows;
          const expected = [...raw[task].subarray(0, count * width)];
          expect(difference(got[`${task}:out`].data as Float32Array, expected)).toBeLessThan(1e-5);
        }
      }
      await session.dispose();
      fitted.dispose();
    }
  });

  it("names a misspelt task, a solver that does not fit, and the interruption", async () => {
    const problem = problemOf({ tasks: ["number"] });
    await expect(rawOf(problem, { perTask: { numbr: { l2: 1 } } })).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: 'linear, perTask: names of tasks, ["number"]; got "numbr"',
      hint: 'did you mean "number"?',
    });
    await expect(rawOf(problem, { solver: "lbfgs", penalty: { l1: 1 } })).rejects.toThrow(
      "linear: solver auto or proximal where l1 is above 0; got solver lbfgs",
    );
    await expect(rawOf(problem, { penalty: { l1: 1 }, regularizer: "l1" })).rejects.toThrow(
      "linear: penalty.l1 of 0 beside regularizer l1; got one above 0",
    );
    const stopped = linear.fit(problem, linearConfig.parse({}), {
      training: trainingConfig.parse({}),
      signal: AbortSignal.abort(),
    });
    await expect(stopped).rejects.toMatchObject({ code: "INTERRUPTED" });
  });
});
