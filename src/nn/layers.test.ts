import { describe, expect, test } from "vitest";
import { checkGradient, type Feeds } from "../compiler/check.ts";
import { Graph, type Tensor } from "../compiler/graph.ts";
import { compileJs } from "../compiler/js/run.ts";
import { Random } from "../core/random.ts";
import { type Shape, sizeOf } from "../core/shape.ts";
import { batchNorm } from "./batch-norm.ts";
import { Builder } from "./builder.ts";
import { convBlock } from "./conv-block.ts";
import { embedding } from "./embedding.ts";
import { embeddingBag } from "./embedding-bag.ts";
import { layerNorm } from "./layer-norm.ts";
import { linear } from "./linear.ts";
import { type MlpOptions, mlp } from "./mlp.ts";
import { residualBlock } from "./residual-block.ts";

/** Traces a layer and draws its inputs, parameters (at their initial values plus noise) and masks. */
function trace(
  shape: Shape,
  build: (builder: Builder, x: Tensor) => Tensor,
  training = true,
): { builder: Builder; output: Tensor; x: Tensor; feeds: Feeds } {
  const builder = new Builder(new Graph(), training);
  const x = builder.feed("x", shape);
  const output = build(builder, x);
  const random = Random.from(4, "layers");
  const feeds: Feeds = { x: Float64Array.from({ length: sizeOf(shape) }, () => random.normal()) };
  for (const spec of builder.parameters.values()) {
    const initial = new Float32Array(sizeOf(spec.shape));
    spec.initialize(initial, spec.shape, random);
    feeds[spec.name] = Float64Array.from(initial, (v) => v + 0.1 * random.normal());
  }
  for (const spec of builder.buffers.values()) {
    feeds[spec.name] = new Float64Array(sizeOf(spec.shape)).fill(spec.initial);
  }
  for (const { name, shape, rate } of builder.masks) {
    feeds[name] = Float64Array.from({ length: sizeOf(shape) }, () =>
      random.uniform() < rate ? 0 : 1 / (1 - rate),
    );
  }
  return { builder, output, x, feeds };
}

const count = (builder: Builder) =>
  [...builder.parameters.values()].reduce((sum, { shape }) => sum + sizeOf(shape), 0);

const layers: Record<
  string,
  { shape: Shape; build: (b: Builder, x: Tensor) => Tensor; result: Shape; parameters: number }
> = {
  linear: {
    shape: [5, 3],
    build: (b, x) => linear(b, "l", x, 4),
    result: [5, 4],
    parameters: 3 * 4 + 4,
  },
  "linear over the last of three axes, without bias": {
    shape: [2, 3, 4],
    build: (b, x) => linear(b, "l", x, 2, { bias: false }),
    result: [2, 3, 2],
    parameters: 8,
  },
  layerNorm: {
    shape: [4, 6],
    build: (b, x) => layerNorm(b, "n", x),
    result: [4, 6],
    parameters: 12,
  },
  "batchNorm of rows": {
    shape: [6, 3],
    build: (b, x) => batchNorm(b, "n", x),
    result: [6, 3],
    parameters: 6,
  },
  "batchNorm of pictures": {
    shape: [3, 2, 4, 4],
    build: (b, x) => batchNorm(b, "n", x),
    result: [3, 2, 4, 4],
    parameters: 4,
  },
  convBlock: {
    shape: [2, 3, 6, 5],
    build: (b, x) => convBlock(b, "c", x, { filters: 4 }),
    result: [2, 4, 3, 2],
    parameters: 4 * 3 * 9 + 8,
  },
  "convBlock without norm or pool": {
    shape: [2, 1, 4, 4],
    build: (b, x) =>
      convBlock(b, "c", x, { filters: 2, norm: "none", pool: 1, activation: "silu" }),
    result: [2, 2, 4, 4],
    parameters: 18 + 2,
  },
  residualBlock: {
    shape: [4, 5],
    build: (b, x) => residualBlock(b, "r", x, { hidden: 7, dropout: 0.3, activation: "gelu" }),
    result: [4, 5],
    parameters: 10 + 5 * 7 + 7 + 7 * 5 + 5,
  },
  mlp: {
    shape: [4, 5],
    build: (b, x) =>
      mlp(b, "m", x, { sizes: [6, 6, 2], norm: "batch", dropout: 0.2, activation: "tanh" }),
    result: [4, 2],
    parameters: 5 * 6 + 12 + 36 + 12 + 12 + 4,
  },
  "mlp with residual blocks and layer norm": {
    shape: [4, 5],
    build: (b, x) => mlp(b, "m", x, { sizes: [6, 6], norm: "layer", residual: true }),
    result: [4, 6],
    parameters: 5 * 6 + 6 + 12 + (12 + 2 * (36 + 6)),
  },
};

describe.each(Object.entries(layers))("%s", (_, { shape, build, result, parameters }) => {
  test("has the shape and the parameters it says", () => {
    const { builder, output } = trace(shape, build);
    expect(output.shape).toEqual(result);
    expect(count(builder)).toBe(parameters);
  });

  test("its gradient equals central differences", () => {
    const { builder, output, x, feeds } = trace(shape, build);
    const wrt = [
      x,
      ...[...builder.parameters.values()].map((p) => builder.graph.input(p.name, p.shape)),
    ];
    expect(checkGradient(output, wrt, feeds, Random.from(2)).relative).toBeLessThan(1e-6);
  });

  test("tracing for evaluation finds the same parameters and no masks", () => {
    const training = trace(shape, build).builder;
    const evaluation = trace(shape, build, false).builder;
    expect([...evaluation.parameters.keys()]).toEqual([...training.parameters.keys()]);
    expect(evaluation.masks).toEqual([]);
    expect(evaluation.updates.size).toBe(0);
  });
});

describe("mlp", () => {
  test("without layers is the identity", () => {
    const { builder, output, x } = trace([2, 3], (b, x) => mlp(b, "m", x, { sizes: [] }));
    expect(output.node).toBe(x.node);
    expect(count(builder)).toBe(0);
  });

  test("decays weights alone", () => {
    const options: MlpOptions = { sizes: [3, 3], norm: "layer", residual: true };
    const { builder } = trace([2, 3], (b, x) => mlp(b, "m", linear(b, "l", x, 3), options));
    const decayed = [...builder.parameters.values()].filter((p) => p.decay).map((p) => p.name);
    expect(decayed).toEqual([
      "l.weight",
      "m.0.in.weight",
      "m.0.out.weight",
      "m.1.in.weight",
      "m.1.out.weight",
    ]);
  });
});

describe("batchNorm", () => {
  const cells = [1, 10, 2, 20, 3, 60];

  test("normalises by the batch and moves its buffers towards the batch", () => {
    const builder = new Builder(new Graph(), true);
    const y = batchNorm(builder, "n", builder.feed("x", [3, 2]), { momentum: 0.25, epsilon: 0 });
    const { updates } = builder;
    const f = compileJs([y, updates.get("n.mean")!, updates.get("n.variance")!]);
    const feeds = {
      x: cells,
      "n.scale": [2, 1],
      "n.shift": [5, 0],
      "n.mean": [0, 4],
      "n.variance": [1, 1],
    };
    const [out, mean, variance] = f.run(feeds).map((a) => [...a]);
    const step = 2 / Math.sqrt(2 / 3);
    expect(out[0]).toBeCloseTo(5 - step, 12);
    expect(out[2]).toBeCloseTo(5, 12);
    expect(out[4]).toBeCloseTo(5 + step, 12);
    expect(mean[0]).toBeCloseTo(0.25 * 2, 12);
    expect(mean[1]).toBeCloseTo(0.75 * 4 + 0.25 * 30, 12);
    expect(variance[0]).toBeCloseTo(0.75 + 0.25 * 1, 12);
    expect(variance[1]).toBeCloseTo(0.75 + 0.25 * 700, 12);
  });

  test("evaluates with its buffers", () => {
    const builder = new Builder(new Graph(), false);
    const y = batchNorm(builder, "n", builder.feed("x", [3, 2]), { epsilon: 0 });
    const feeds = {
      x: cells,
      "n.scale": [1, 2],
      "n.shift": [0, 1],
      "n.mean": [1, 10],
      "n.variance": [4, 25],
    };
    expect([...compileJs([y]).run(feeds)[0]]).toEqual([0, 1, 0.5, 5, 1, 21]);
  });
});

describe("embedding", () => {
  const options = { count: 4, size: 2, zeroIds: [0] };

  test("looks rows up and starts chosen ones at zero", () => {
    const builder = new Builder(new Graph(), true);
    const y = embedding(builder, "e", builder.feed("ids", [3], "int32"), options);
    const spec = builder.parameters.get("e.table")!;
    expect(y.shape).toEqual([3, 2]);
    const table = new Float32Array(8);
    spec.initialize(table, spec.shape, Random.from(1));
    expect([...table.subarray(0, 2)]).toEqual([0, 0]);
    expect(table.subarray(2).every((v) => v !== 0)).toBe(true);
    const [out] = compileJs([y]).run({ ids: [2, 0, 2], "e.table": table });
    expect([...out]).toEqual([table[4], table[5], 0, 0, table[4], table[5]]);
  });

  test("a bag is the weighted sum, and its gradient flows to the rows in use", () => {
    const builder = new Builder(new Graph(), true);
    const ids = builder.feed("ids", [2, 3], "int32");
    const weights = builder.feed("weights", [2, 3]);
    const y = embeddingBag(builder, "e", ids, weights, options);
    expect(y.shape).toEqual([2, 2]);
    const table = Float64Array.of(9, 9, 1, 2, 3, 4, 5, 6);
    const feeds = {
      ids: Float64Array.of(1, 3, 0, 2, 0, 0),
      weights: Float64Array.of(0.5, 0.25, 0, 2, 0, 0),
      "e.table": table,
    };
    expect([...compileJs([y]).run(feeds)[0]]).toEqual([1.75, 2.5, 6, 8]);
    const wrt = [builder.graph.input("e.table", [4, 2])];
    expect(checkGradient(y, wrt, feeds, Random.from(3)).absolute).toBeLessThan(1e-8);
  });
});
