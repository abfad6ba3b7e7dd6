import { describe, expect, test } from "vitest";
import { checkGradient } from "../compiler/check.ts";
import { grad } from "../compiler/grad.ts";
import { compileJs } from "../compiler/js/run.ts";
import { OnnxBuilder } from "../compiler/onnx/builder.ts";
import { emitTensors } from "../compiler/onnx/emit.ts";
import { createSession } from "../compiler/onnx/session/session.ts";
import { Random } from "../core/random.ts";
import { references } from "../core/references.ts";
import { sizeOf } from "../core/shape.ts";
import {
  type Example,
  type ExampleOptions,
  exampleFeeds,
  rawSize,
  traceExample,
  valuesOf,
} from "./example.ts";
import type { Fusion } from "./fusion.ts";
import { type FusionName, fusionAliases, fusions } from "./fusions.ts";

const widths = [3, 2, 4, 1] as const;
const partsOf = (count: number) => widths.slice(0, count);
const total = (list: readonly number[]) => list.reduce((a, b) => a + b, 0);
const affine = (inputs: number, outputs: number) => inputs * outputs + outputs;
const projections = (parts: readonly number[], size: number) =>
  total(parts.map((w) => affine(w, size)));

/** Norms, attention whose keys have no bias, and a feed-forward layer. */
const layer = (size: number, norms = 2) =>
  2 * norms * size + 4 * size * size + 3 * size + affine(size, 4 * size) + affine(4 * size, size);

interface Setting {
  readonly config?: ExampleOptions["config"];
  /** Features of the result, and parameters without heads, for parts of some widths. */
  readonly size: (parts: readonly number[]) => number;
  readonly parameters: (parts: readonly number[]) => number;
  /** Parts that have no say in a row where they are absent and another is there. */
  readonly leavesOut?: "all" | "others";
  /** Whether a training step draws. */
  readonly random?: true;
}

const [size, tokens, heads] = [4, 2, 2];
const token = { size, tokens, heads, dropout: 0 };
const cut = (parts: readonly number[]) => projections(parts, tokens * size);
const widest = (parts: readonly number[]) => Math.max(...parts);
const others = (parts: readonly number[]) => parts.slice(1);

const settings: Readonly<Record<FusionName, Setting>> = {
  concat: { size: total, parameters: () => 0 },
  early: {
    config: { size: 4, activation: "tanh", dropout: 0 },
    size: () => 4,
    parameters: (p) => affine(total(p), 4),
  },
  sum: { config: { size: 3 }, size: () => 3, parameters: (p) => projections(p, 3) },
  mean: { size: widest, parameters: (p) => projections(p, widest(p)), leavesOut: "all" },
  max: {
    config: { size: 5 },
    size: () => 5,
    parameters: (p) => projections(p, 5),
    leavesOut: "all",
  },
  product: {
    config: { size: 4 },
    size: () => 4,
    parameters: (p) => projections(p, 4),
    leavesOut: "all",
  },
  stack: {
    size: (p) => p.length * widest(p),
    parameters: (p) => projections(p, widest(p)) + 2 * p.length * widest(p),
  },
  gated: {
    config: { size: 3 },
    size: () => 3,
    parameters: (p) => projections(p, 3) + (p.length > 1 ? affine(total(p), 3 * p.length) : 0),
    leavesOut: "all",
  },
  nlGate: {
    config: { tokens, size },
    size: () => tokens * size,
    parameters: (p) => cut([p[0]]) + 2 * cut(others(p)),
    leavesOut: "others",
  },
  multiplicative: {
    config: { size: 3, form: "matrix" },
    size: () => 3,
    parameters: ([first, ...rest]) =>
      rest.length === 0
        ? affine(first, 3)
        : total(
            rest.map((w, i) => {
              const z = i === 0 ? first : 3;
              return affine(z, w * 3) + affine(z, 3) + w * 3;
            }),
          ),
  },
  tensorFusion: {
    config: { size: 2 },
    size: (p) => 3 ** p.length,
    parameters: (p) => projections(p, 2),
  },
  lowRankTensor: {
    config: { size: 3, rank: 2 },
    size: () => 3,
    parameters: (p) => projections(p, 6) + 2 + 3,
  },
  crossAttention: {
    config: { ...token, layers: 1 },
    size: (p) => p.length * size,
    parameters: (p) => cut(p) + p.length * (p.length - 1) * layer(size, 3) + p.length * 2 * size,
    leavesOut: "all",
  },
  transformer: {
    config: { ...token, layers: 2 },
    size: () => size,
    parameters: (p) => cut(p) + size + 2 * layer(size) + 2 * size,
    leavesOut: "all",
  },
  bottleneck: {
    config: { ...token, bottlenecks: 2, layers: 2 },
    size: () => size,
    parameters: (p) => cut(p) + 2 * size + p.length * (2 * layer(size) + 2 * size),
    leavesOut: "all",
  },
  perceiver: {
    config: { ...token, latents: 3, layers: 1 },
    size: () => size,
    parameters: (p) => cut(p) + 3 * size + layer(size, 3) + layer(size) + 2 * size,
    leavesOut: "all",
  },
  film: {
    config: { size: 3 },
    size: (p) => 3 * Math.max(1, p.length - 1),
    parameters: ([first, ...rest]) =>
      rest.length === 0 ? affine(first, 3) : projections(rest, 3) + rest.length * affine(first, 6),
  },
  hypernetwork: {
    config: { size: 3 },
    size: () => 3,
    parameters: ([first, ...rest]) =>
      rest.length === 0
        ? affine(first, 3)
        : affine(total(rest), 3) + affine(first, 3) + affine(3, 9) + affine(3, 3),
  },
  productOfExperts: {
    config: { size: 3, divergence: 0.5 },
    size: () => 3,
    parameters: (p) => projections(p, 6),
    leavesOut: "all",
    random: true,
  },
  lateAverage: { size: () => rawSize, parameters: () => 0, leavesOut: "all" },
  lateProduct: { size: () => rawSize, parameters: () => 0, leavesOut: "all" },
  lateStack: { size: () => rawSize, parameters: (p) => p.length * (1 + 9 + 1) },
};

/** Rows of a tensor, to compare to the bit. */
function rowsOf(values: Float64Array, count: number): number[][] {
  const width = values.length / count;
  return Array.from({ length: count }, (_, r) => [...values.subarray(r * width, (r + 1) * width)]);
}

describe.each(Object.keys(fusions) as FusionName[])("fusion %s", (name) => {
  const fusion: Fusion = fusions[name];
  const { config, size: expected, parameters, leavesOut, random } = settings[name];
  const trace = (count: number, options: ExampleOptions = {}) =>
    traceExample(name, { widths: partsOf(count), config, ...options });
  const evaluation = trace(3);
  const run = compileJs([evaluation.fused]);
  const feeds = exampleFeeds(evaluation);
  const fused = (changed: Record<string, Float64Array> = {}) =>
    rowsOf(run.run({ ...feeds, ...changed })[0], 5);
  const loud = (part: number) => new Float64Array(5 * widths[part]).fill(1e4);

  test("names itself, its papers and every option", () => {
    expect(fusion.name).toBe(name);
    expect(fusion.cite?.length).toBeGreaterThan(0);
    for (const key of fusion.cite ?? []) expect(Object.keys(references)).toContain(key);
    expect(fusion.config.parse({})).toBeTypeOf("object");
    expect(() => fusion.config.parse({ nonsense: 1 })).toThrow();
    if (leavesOut) expect(fusion.summary).toMatch(/absent/i);
  });

  test.each([1, 2, 3, 4])("of %i parts has the shapes and parameters it says", (count) => {
    for (const training of [true, false]) {
      const example = trace(count, { training });
      const width = expected(partsOf(count));
      expect(example.fused.shape).toEqual([5, width]);
      const made = [...example.builder.parameters.values()];
      const heads =
        fusion.form === "features" ? affine(width, rawSize) : projections(partsOf(count), rawSize);
      expect(total(made.map((p) => sizeOf(p.shape)))).toBe(parameters(partsOf(count)) + heads);
    }
  });

  test("works with its defaults", () => {
    const example = trace(2, { config: {}, training: true });
    const [value] = valuesOf(example.loss, exampleFeeds(example));
    expect(Number.isFinite(value)).toBe(true);
  });

  test.each([1, 2, 3, 4])("of %i parts leaves no parameter without a gradient", (count) => {
    const example = trace(count, { training: true });
    const { builder, loss } = example;
    const specs = [...builder.parameters.values()];
    const inputs = specs.map((s) => builder.graph.input(s.name, s.shape));
    const gradients = compileJs(grad(loss, inputs)).run(exampleFeeds(example));
    const dead = specs.filter((_, i) => gradients[i].every((g) => Math.abs(g) < 1e-9));
    expect(dead.map((s) => s.name)).toEqual([]);
  });

  test("has the gradient that differences estimate, in parts too", () => {
    const example = trace(2, { training: true, rows: 3 });
    const { builder, loss, parts } = example;
    const inputs = [...builder.parameters.values()].map((s) =>
      builder.graph.input(s.name, s.shape),
    );
    const given = exampleFeeds(example);
    given["a.present"][0] = 0;
    given["b.present"].set([0, 0], 1);
    given["a.present"][2] = 0;
    const wrt = [...inputs, ...parts.map((p) => p.features)];
    expect(checkGradient(loss, wrt, given, Random.from(1)).relative).toBeLessThan(1e-6);
  });

  test("computes the same in training and evaluation unless it draws", () => {
    const [learning, predicting] = [true, false].map((training) => trace(3, { training }));
    expect(predicting.builder.masks).toEqual([]);
    expect(predicting.builder.penalties).toEqual([]);
    const names = ({ builder }: Example) => [...builder.parameters.keys()].sort();
    expect(names(predicting)).toEqual(names(learning));
    const values = [learning, predicting].map((e) => valuesOf(e.raw, exampleFeeds(e)));
    const same = values[0].every((v, i) => Math.abs(v - values[1][i]) < 1e-12);
    expect(same).toBe(random !== true);
    expect(learning.builder.masks.length > 0).toBe(random === true);
  });

  test("reads every part", () => {
    const before = fused();
    for (const part of ["a", "b", "c"]) {
      const moved = feeds[`${part}.features`].map((v) => v + 0.5);
      const after = fused({ [`${part}.features`]: moved });
      for (const row of before.keys()) expect(after[row]).not.toEqual(before[row]);
    }
  });

  test("changes the row that changed, and no other", () => {
    const before = fused();
    const after = fused({
      "b.features": feeds["b.features"].map((v, i) => (i < 2 ? v + 1 : v)),
      "c.present": Float64Array.of(0, 1, 1, 1, 1),
    });
    expect(after[0]).not.toEqual(before[0]);
    expect(after.slice(1)).toEqual(before.slice(1));
  });

  test.runIf(leavesOut)("lets absent parts have no say, to the bit", () => {
    for (const part of leavesOut === "all" ? [0, 1, 2] : [1, 2]) {
      const letter = "abc"[part];
      const present = { [`${letter}.present`]: Float64Array.of(0, 1, 0, 0, 1) };
      const before = fused(present);
      const after = fused({ ...present, [`${letter}.features`]: loud(part) });
      for (const row of [0, 2, 3]) expect(after[row]).toEqual(before[row]);
      for (const row of [1, 4]) expect(after[row]).not.toEqual(before[row]);
    }
  });

  test("gives finite numbers where nothing is there", () => {
    const none = Object.fromEntries(
      ["a", "b", "c"].map((p) => [`${p}.present`, new Float64Array(5)]),
    );
    const all = fused();
    const empty = fused(none);
    for (const row of empty.flat()) expect(Number.isFinite(row)).toBe(true);
    // All parts count then, by what stands for them; a product of experts is its prior.
    if (name === "productOfExperts") expect(empty.flat().every((v) => v === 0)).toBe(true);
    else expect(empty).toEqual(all);
  });

  test("exports with any number of rows", async () => {
    const rows = { here: 5, there: 7 };
    const [here, there] = [rows.here, rows.there].map((r) => trace(3, { rows: r }));
    const onnx = new OnnxBuilder({ name: "fusion" });
    const three = trace(3, { rows: 3 });
    const given = exampleFeeds(three);
    given["b.present"].set([0], 1);
    const fed = here.parts.flatMap((p) => [p.features, p.present]).map((t) => t.node.params);
    const columns = (fed as { name: string; shape: number[] }[]).map(
      (f) => [f.name, f.shape[1]] as const,
    );
    const inputs: Record<string, string> = {};
    for (const [input, width] of columns)
      inputs[input] = onnx.input(input, "float32", ["rows", width]);
    for (const { name: p, shape } of here.builder.parameters.values())
      inputs[p] = onnx.initializer(p, "float32", shape, Float32Array.from(given[p]));
    const [value] = emitTensors(onnx, [here.raw], {
      target: "export",
      inputs,
      twin: [there.raw],
      rows: { ...rows, input: "a.features" },
    });
    onnx.node("Identity", [value], { outputs: ["raw"] });
    onnx.output("raw", "float32", ["rows", rawSize]);
    const session = await createSession(onnx.toBytes(), { threads: 1 });
    try {
      const tensors = columns.map(([input, width]) => [
        input,
        { dtype: "float32" as const, dims: [3, width], data: Float32Array.from(given[input]) },
      ]);
      const { raw } = await session.run(Object.fromEntries(tensors));
      expect(raw.dims).toEqual([3, rawSize]);
      valuesOf(three.raw, given).forEach((v, i) => {
        expect((raw.data as Float32Array)[i]).toBeCloseTo(v, 4);
      });
    } finally {
      await session.dispose();
    }
  });
});

test("spellings of other libraries name fusions", () => {
  for (const name of Object.values(fusionAliases)) expect(Object.keys(fusions)).toContain(name);
});
