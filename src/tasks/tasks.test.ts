import { describe, expect, it } from "vitest";
import { grad } from "../compiler/grad.ts";
import { Graph } from "../compiler/graph.ts";
import { compileJs } from "../compiler/js/run.ts";
import { OnnxBuilder } from "../compiler/onnx/builder.ts";
import { emitTensors } from "../compiler/onnx/emit.ts";
import { createSession } from "../compiler/onnx/session/session.ts";
import { Random } from "../core/random.ts";
import { references } from "../core/references.ts";
import { type Column, take } from "../data/columns.ts";
import { tableFromRows } from "../data/from-rows.ts";
import { metricTables } from "./metrics/table.ts";
import type { Outputs, TaskKind } from "./task.ts";
import { type LabelKindName, labelKinds, taskKinds } from "./tasks.ts";

function columnOf(cells: readonly unknown[]): Column {
  return tableFromRows(cells.map((y) => ({ y }))).columns.get("y") as Column;
}

const words = ["ant", "bee", "cat", "dog"];

/** A label cell of each kind from a random source. */
const cells: Record<LabelKindName, (random: Random) => unknown> = {
  regression: (random) => Math.round(random.normal() * 1000) / 100 + 40,
  binary: (random) => (random.uniform() < 0.3 ? "yes" : "no"),
  multiclass: (random) => words[random.integer(4)],
  multilabel: (random) => words.filter(() => random.uniform() < 0.4),
  ordinal: (random) => 1 + random.integer(4),
  count: (random) => Math.floor(6 * random.uniform() ** 2),
};

/** Option variants whose losses differ. */
const variants: Record<LabelKindName, readonly Record<string, unknown>[]> = {
  regression: [
    {},
    { transform: "log" },
    { link: "sqrt" },
    { link: "log", loss: "absolute" },
    { transform: "none", loss: "huber", delta: 3 },
    { loss: "absolute" },
  ],
  binary: [{}, { positive: "no", classWeights: "balanced" }],
  multiclass: [{}, { labelSmoothing: 0.2, classWeights: { bee: 3 } }],
  multilabel: [{}, { positiveWeight: "balanced" }, { threshold: 0.3 }],
  ordinal: [{}, { levels: [0, 1, 2, 3, 4, 5], classWeights: "balanced" }],
  count: [{}],
};

/** Labels with a gap at every seventh row. */
function sample(name: LabelKindName, rows: number, seed = 3): Column {
  const random = Random.from(seed, name);
  return columnOf(
    Array.from({ length: rows }, (_, i) => {
      const cell = cells[name](random);
      return i % 7 === 6 ? null : cell;
    }),
  );
}

function stateOf(kind: TaskKind, options: Record<string, unknown>, ...parts: Column[]): unknown {
  const learning = kind.learn(kind.options.parse(options), "target");
  let first = 0;
  for (const part of parts) {
    learning.add(part, first);
    first += part.length;
  }
  return learning.finish();
}

function encoded(kind: TaskKind, state: unknown, column: Column) {
  const labels = new Float32Array(column.length * kind.labelWidth(state)).fill(99);
  const weights = new Float32Array(column.length).fill(1);
  kind.encode(state, column, labels, weights, 0);
  return { labels, weights };
}

function randomRaw(kind: TaskKind, state: unknown, rows: number, seed = 5): Float64Array {
  const random = Random.from(seed);
  const spread = 1.5;
  return Float64Array.from({ length: rows * kind.outputSize(state) }, () =>
    Math.fround(spread * random.normal()),
  );
}

/** The outputs of the link, in double precision. */
function linked(kind: TaskKind, state: unknown, raw: Float64Array, rows: number): Outputs {
  const out = kind.link(new Graph().input("raw", [rows, kind.outputSize(state)]), state);
  const values = compileJs(Object.values(out)).run({ raw });
  return Object.fromEntries(Object.keys(out).map((name, i) => [name, values[i].slice()]));
}

/** The weighted mean loss and its gradient in the raw outputs. */
function training(kind: TaskKind, state: unknown, rows: number) {
  const graph = new Graph();
  const raw = graph.input("raw", [rows, kind.outputSize(state)]);
  const labels = graph.input("labels", [rows, kind.labelWidth(state)]);
  const weights = graph.input("weights", [rows]);
  const losses = kind.loss(raw, labels, state);
  const total = losses.mul(weights).sum().div(weights.sum());
  const compiled = compileJs([total, losses, grad(total, [raw])[0]]);
  return (feeds: Record<string, ArrayLike<number>>) => {
    const [mean, each, gradient] = compiled.run(feeds);
    return { mean: mean[0], each: each.slice(), gradient: gradient.slice() };
  };
}

const all = (Object.keys(labelKinds) as LabelKindName[]).flatMap((name) =>
  variants[name].map((options) => ({ name, options, label: `${name} ${JSON.stringify(options)}` })),
);

describe.each(all)("$label", ({ name, options }) => {
  const kind: TaskKind = labelKinds[name];
  const rows = 40;
  const column = sample(name, rows);
  const state = stateOf(kind, options, column);

  it("learns the same from chunks as from the whole, as plain data", () => {
    const at = (from: number, to: number) =>
      take(
        column,
        Array.from({ length: to - from }, (_, i) => from + i),
      );
    expect(stateOf(kind, options, at(0, 1), at(1, 18), at(18, 18), at(18, rows))).toEqual(state);
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
  });

  it("gives rows without a label weight 0, and no gradient", () => {
    const { labels, weights } = encoded(kind, state, column);
    const width = kind.labelWidth(state);
    const size = kind.outputSize(state);
    const { gradient, mean } = training(
      kind,
      state,
      rows,
    )({
      raw: randomRaw(kind, state, rows),
      labels,
      weights,
    });
    expect(mean).toBeGreaterThan(0);
    for (let row = 0; row < rows; row++) {
      const own = gradient.subarray(row * size, (row + 1) * size);
      if (row % 7 === 6) {
        expect(weights[row]).toBe(0);
        expect([...labels.subarray(row * width, (row + 1) * width)].every((x) => x === 0)).toBe(
          true,
        );
        expect([...own].every((x) => x === 0)).toBe(true);
      } else {
        expect(weights[row]).toBeGreaterThan(0);
        expect(own.some((x) => x !== 0)).toBe(true);
      }
    }
  });

  it("multiplies the weights that are there", () => {
    const { weights } = encoded(kind, state, column);
    const doubled = new Float32Array(rows).fill(2);
    kind.encode(state, column, new Float32Array(rows * kind.labelWidth(state)), doubled, 0);
    expect([...doubled]).toEqual([...weights].map((w) => 2 * w));
  });

  it("has the gradient of its loss", () => {
    const few = take(column, [0, 1, 2, 3, 4, 5]);
    const { labels, weights } = encoded(kind, state, few);
    const run = training(kind, state, few.length);
    const raw = randomRaw(kind, state, few.length);
    const { gradient } = run({ raw, labels, weights });
    const step = 1e-5;
    for (let i = 0; i < raw.length; i++) {
      const moved = (by: number) => {
        const there = raw.slice();
        there[i] += by;
        return run({ raw: there, labels, weights }).mean;
      };
      expect(gradient[i]).toBeCloseTo((moved(step) - moved(-step)) / (2 * step), 6);
    }
  });

  it("has losses of 0 or more that stay finite far out", () => {
    const { labels, weights } = encoded(kind, state, column);
    const far = randomRaw(kind, state, rows).map((x) => 40 * Math.tanh(x));
    for (const loss of training(kind, state, rows)({ raw: far, labels, weights }).each) {
      expect(loss).toBeGreaterThanOrEqual(-1e-9);
      expect(loss).toBeLessThan(Number.POSITIVE_INFINITY);
    }
  });

  it("links to the outputs that it declares", () => {
    const out = linked(kind, state, randomRaw(kind, state, rows), rows);
    const floats = kind.outputs(state).filter((o) => o.dtype === "float32");
    expect(Object.keys(out).sort()).toEqual(floats.map((o) => o.name).sort());
    for (const { name: output, shape, labels } of floats) {
      const width = shape.reduce((product, d) => product * d, 1);
      expect(out[output].length).toBe(rows * width);
      if (labels) expect(labels.length).toBe(width);
    }
  });

  it("predicts in ONNX, for any number of rows, what decode says", async () => {
    const size = kind.outputSize(state);
    const here = kind.link(new Graph().input("raw", [7, size]), state);
    const there = kind.link(new Graph().input("raw", [11, size]), state);
    const onnx = new OnnxBuilder();
    const input = onnx.input("raw", "float32", ["rows", size]);
    const names = emitTensors(onnx, Object.values(here), {
      target: "export",
      inputs: { raw: input },
      twin: Object.values(there),
      rows: { here: 7, there: 11, input },
    });
    const floats = Object.fromEntries(Object.keys(here).map((n, i) => [n, names[i]]));
    const emitted = { ...floats, ...kind.labels?.(state, floats, onnx) };
    const specs = kind.outputs(state);
    expect(Object.keys(emitted).sort()).toEqual(specs.map((o) => o.name).sort());
    for (const { name: output, dtype, shape } of specs) {
      onnx.node("Identity", [emitted[output]], { outputs: [`out.${output}`] });
      onnx.output(`out.${output}`, dtype, ["rows", ...shape]);
    }
    const session = await createSession(onnx.toBytes(), { threads: 1 });
    try {
      for (const count of [1, 5]) {
        const raw = randomRaw(kind, state, count, count);
        const result = await session.run({
          raw: { dtype: "float32", dims: [count, size], data: Float32Array.from(raw) },
        });
        const exact = linked(kind, state, raw, count);
        const found: Record<string, Float32Array> = {};
        for (const { name: output, dtype, shape } of specs) {
          expect(result[`out.${output}`].dims).toEqual([count, ...shape]);
          if (dtype !== "float32") continue;
          found[output] = result[`out.${output}`].data as Float32Array;
          found[output].forEach((x, i) => {
            const y = exact[output][i] as number;
            expect(Math.abs(x - y)).toBeLessThan(2e-5 * Math.max(1, Math.abs(y)));
          });
        }
        for (let row = 0; row < count; row++) {
          const decoded = kind.decode(state, found, row) as Record<string, unknown>;
          if ("label" in decoded) {
            expect(String(decoded.label)).toBe(result["out.label"].data[row]);
          }
          if ("labels" in decoded) {
            const { labels = [] } = specs.find((o) => o.name === "labels") ?? {};
            const flags = result["out.labels"].data;
            const on = labels.filter((_, i) => Number(flags[row * labels.length + i]) === 1);
            expect(decoded.labels).toEqual(on);
          }
          if ("value" in decoded) expect(decoded.value).toBe(found.value[row]);
        }
      }
    } finally {
      await session.dispose();
    }
  });

  it("evaluates labelled rows by the metrics of its kind", () => {
    const truth = kind.truth(state, column);
    expect(truth.length).toBe(rows * kind.labelWidth(state));
    const outputs = linked(kind, state, randomRaw(kind, state, rows), rows);
    const evaluation = kind.evaluate(state, truth, outputs);
    expect(evaluation.rows).toBe(35);
    expect(Object.keys(evaluation.metrics)).toEqual(Object.keys(metricTables[name]));
    expect(Number.isFinite(evaluation.metrics[kind.primary])).toBe(true);
    expect(evaluation.unknown).toBeUndefined();
    for (const metric of Object.keys(evaluation.metrics)) {
      expect(["higher", "lower"]).toContain(kind.direction(metric));
    }
    expect(() => kind.direction("loss")).toThrow(/a metric of the kind; got "loss"/);
    const half = Float64Array.from(truth.subarray(0, rows), (_, i) => (i < 14 ? 1 : 0));
    expect(kind.evaluate(state, truth, outputs, half).rows).toBe(12);
  });

  it("details and judges labelled rows in plain data", () => {
    const truth = kind.truth(state, column);
    const outputs = linked(kind, state, randomRaw(kind, state, rows), rows);
    const detail = kind.detail(state, truth, outputs);
    expect(detail.rows).toBe(35);
    // As JSON keeps it: no NaN, no typed array.
    expect(JSON.parse(JSON.stringify(detail))).toEqual(
      Object.fromEntries(Object.entries(detail).filter(([, block]) => block !== undefined)),
    );
    for (let row = 0; row < rows; row++) {
      const judged = kind.judge(state, truth, outputs, row);
      expect(judged === undefined).toBe(row % 7 === 6);
      if (judged) expect(judged.loss).toBeGreaterThanOrEqual(0);
    }
    const none = new Float64Array(truth.length).fill(Number.NaN);
    expect(kind.detail(state, none, outputs).rows).toBe(0);
  });

  it("describes itself, few labels included", () => {
    expect(kind.describe(state)).toMatchObject({ labelled: 35, missing: 5 });
    expect(kind.describe(state)).not.toHaveProperty("warning");
    const few = take(column, [0, 1, 2, 3, 4, 5]);
    expect(kind.describe(stateOf(kind, options, few))).toMatchObject({
      warning: "only 6 labelled training rows",
    });
  });

  it("refuses a task without labels", () => {
    const none = columnOf([null, null]);
    expect(() => stateOf(kind, options, none)).toThrow(
      'task "target": labels in the training rows; got none in 2 rows',
    );
    expect(() => stateOf(kind, options)).toThrow("got none in 0 rows");
  });
});

describe("the prior", () => {
  const fair: readonly LabelKindName[] = [
    "regression",
    "binary",
    "multiclass",
    "multilabel",
    "ordinal",
    "count",
  ];
  it.each(fair)("of %s is where the mean training loss is least among constants", (name) => {
    const kind: TaskKind = labelKinds[name];
    const column = sample(name, 60, 11);
    const state = stateOf(kind, {}, column);
    const prior = kind.prior(state);
    expect(prior.length).toBe(kind.outputSize(state));
    const raw = Float64Array.from({ length: 60 * prior.length }, (_, i) => prior[i % prior.length]);
    const { gradient } = training(kind, state, 60)({ raw, ...encoded(kind, state, column) });
    prior.forEach((_, output) => {
      let slope = 0;
      for (let row = 0; row < 60; row++) slope += gradient[row * prior.length + output];
      expect(Math.abs(slope)).toBeLessThan(1e-6);
    });
  });
});

describe("the table", () => {
  it("names and describes each kind", () => {
    for (const [name, kind] of Object.entries(taskKinds) as [keyof typeof taskKinds, TaskKind][]) {
      expect(kind.name).toBe(name);
      expect(Object.keys(metricTables[name])).toContain(kind.primary);
      for (const key of kind.cite ?? []) expect(references).toHaveProperty(key);
      expect(kind.options.description).toMatch(/\.$/);
      expect(() => kind.options.parse({ nonsense: 1 })).toThrow();
      const shape = (kind.options as unknown as { shape: Record<string, { description?: string }> })
        .shape;
      for (const option of Object.values(shape)) expect(option.description).toMatch(/\.$/);
    }
  });
});
