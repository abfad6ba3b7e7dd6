import { describe, expect, it } from "vitest";
import { Random } from "../core/random.ts";
import { checkGradient, difference, drawValues } from "./check.ts";
import {
  affine,
  attention,
  batchNormTrain,
  binaryCrossEntropy,
  crossEntropy,
  silu,
  split,
  stack,
  variance,
} from "./compose.ts";
import { vjp } from "./grad.ts";
import { Graph, type Tensor } from "./graph.ts";
import { compileJs } from "./js/run.ts";
import { needed } from "./needed.ts";
import { ops } from "./ops.ts";

const values = (size: number, place = 0) =>
  drawValues(Random.from(3, place), [size], { from: -2, to: 2 }, place);

function evaluate(output: Tensor, feeds: Record<string, ArrayLike<number>>): number[] {
  return [...compileJs([output]).run(feeds)[0]];
}

describe("compositions", () => {
  it("silu is x over 1 + e^−x", () => {
    const x = new Graph().input("x", [3]);
    const expected = [-1, 0, 2].map((v) => v / (1 + Math.exp(-v)));
    expect(difference(evaluate(silu(x), { x: [-1, 0, 2] }), expected)).toBeLessThan(1e-15);
  });

  it("affine maps the last axis, whatever is before it", () => {
    const graph = new Graph();
    const [w, b] = [graph.input("w", [3, 2]), graph.input("b", [2])];
    const feeds = { x: values(12), w: values(6, 1), b: values(2, 2) };
    const flat = affine(graph.input("x", [4, 3]), w, b);
    const deep = affine(graph.input("x", [4, 3]).reshape([2, 2, 3]), w, b);
    expect(deep.shape).toEqual([2, 2, 2]);
    expect(evaluate(deep, feeds)).toEqual(evaluate(flat, feeds));
  });

  it("variance is the mean squared deviation over the axes", () => {
    const x = new Graph().input("x", [2, 3]);
    const feeds = { x: [1, 2, 6, -1, 0, 1] };
    expect(difference(evaluate(variance(x, 1), feeds), [14 / 3, 2 / 3])).toBeLessThan(1e-15);
    expect(variance(x, 1, { keepDims: true }).shape).toEqual([2, 1]);
    expect(difference(evaluate(variance(x), feeds), [29.5 / 6])).toBeLessThan(1e-15);
  });

  it("cross entropy is minus the logarithm of the class's softmax", () => {
    const graph = new Graph();
    const loss = crossEntropy(graph.input("x", [2, 3]), graph.input("ids", [2], "int32"));
    const x = [1, 2, 3, 1000, 0, -1000];
    const sum = Math.exp(1) + Math.exp(2) + Math.exp(3);
    const expected = [Math.log(sum) - 2, 2000];
    expect(difference(evaluate(loss, { x, ids: [1, 2] }), expected)).toBeLessThan(1e-15);
  });

  it("binary cross entropy holds for extreme logits", () => {
    const graph = new Graph();
    const loss = binaryCrossEntropy(graph.input("x", [4]), graph.input("t", [4]));
    const actual = evaluate(loss, { x: [0, 1000, -1000, 2], t: [1, 0, 0, 0.25] });
    const expected = [Math.log(2), 1000, 0, Math.log1p(Math.exp(2)) - 0.5];
    expect(difference(actual, expected)).toBeLessThan(1e-15);
  });

  it("attention averages the values with softmax weights", () => {
    const graph = new Graph();
    const [q, k, v] = [
      graph.input("q", [1, 2]),
      graph.input("k", [3, 2]),
      graph.input("v", [3, 1]),
    ];
    const mask = graph.constant([0, 0, -1e30], [3]);
    const feeds = { q: [1, 2], k: [0, 1, 1, 0, 9, 9], v: [10, 20, 1e6] };
    const [a, b] = [2, 1].map((s) => Math.exp(s / Math.SQRT2));
    const expected = [(10 * a + 20 * b) / (a + b)];
    expect(difference(evaluate(attention(q, k, v, mask), feeds), expected)).toBeLessThan(1e-14);
  });

  it("splits and stacks", () => {
    const x = new Graph().input("x", [2, 3]);
    const [a, b] = split(x, [1, 2]);
    expect([a.shape, b.shape]).toEqual([
      [2, 1],
      [2, 2],
    ]);
    expect(evaluate(stack([x, x], 1), { x: [1, 2, 3, 4, 5, 6] })).toEqual([
      1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6,
    ]);
    expect(() => split(x, [1, 1])).toThrow("split: sizes that add up to 3; got [1, 1]");
  });
});

describe.each([[[5, 3]], [[3, 2, 4]], [[2, 3, 3, 2]]])("batchNormTrain of %j", (shape) => {
  const graph = new Graph();
  const x = graph.input("x", shape);
  const [scale, shift] = ["scale", "shift"].map((name) => graph.input(name, [shape[1]]));
  const feeds = { x: values(x.size), scale: values(shape[1], 1), shift: values(shape[1], 2) };
  const { y, mean, variance: spread } = batchNormTrain(x, scale, shift, 1e-3);

  it("gives channels the mean and deviation asked for", () => {
    const axes = shape.map((_, i) => i).filter((i) => i !== 1);
    const [m, v] = compileJs([y.mean(axes), variance(y, axes)]).run(feeds);
    const own = evaluate(spread, feeds);
    expect(difference(m, feeds.shift)).toBeLessThan(1e-14);
    const expected = own.map((s, c) => (feeds.scale[c] ** 2 * s) / (s + 1e-3));
    expect(difference(v, expected)).toBeLessThan(1e-14);
    expect(difference(evaluate(mean, feeds), evaluate(x.mean(axes), feeds))).toBeLessThan(1e-14);
  });

  it("has the derivative of central differences", () => {
    expect(checkGradient(y, [x, scale, shift], feeds, Random.from(1)).relative).toBeLessThan(1e-8);
  });

  it("takes five elementwise passes back", () => {
    const g = graph.input("g", shape);
    const forward = new Set(needed([y.node]));
    const back = needed(vjp(y, g, [x, scale, shift]).map((t) => t.node));
    const passes = back.filter(
      (n) =>
        !forward.has(n) &&
        ops[n.op].traits.includes("elementwise") &&
        n.shape.join() === x.shape.join(),
    );
    expect(passes.length).toBeLessThanOrEqual(5);
  });
});
