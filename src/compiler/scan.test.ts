import { describe, expect, it } from "vitest";
import { Random } from "../core/random.ts";
import { checkGradient, difference, drawValues } from "./check.ts";
import { logDeterminant, scan, solveSymmetric } from "./compose.ts";
import { grad } from "./grad.ts";
import { Graph, type Tensor } from "./graph.ts";
import { compileJs } from "./js/run.ts";
import { evaluateOnnx } from "./onnx/session/evaluate.ts";

const domain = { from: -1, to: 1 };

/** A recurrent cell, and a scalar recurrence, forwards and backwards. */
const samples: Record<string, { shapes: number[][]; build(inputs: Tensor[]): Tensor }> = {
  cell: {
    shapes: [
      [2, 3],
      [4, 2, 3],
      [3, 3],
    ],
    build: ([s, x, w]) =>
      scan((state, [now], [weight]) => state.matmul(weight).add(now).tanh(), s, [x], [w]),
  },
  "cell, reversed": {
    shapes: [
      [2, 3],
      [4, 2, 3],
      [3, 3],
    ],
    build: ([s, x, w]) =>
      scan((state, [now], [weight]) => state.matmul(weight).add(now).tanh(), s, [x], [w], true),
  },
  growth: {
    shapes: [[], [5], [5]],
    build: ([s, x, y]) => scan((state, [a, b]) => state.mul(a.sigmoid()).add(b), s, [x, y]),
  },
};

describe.each(Object.entries(samples))("scan: %s", (_, { shapes, build }) => {
  const graph = new Graph();
  const inputs = shapes.map((shape, i) => graph.input(`i${i}`, shape));
  const output = build(inputs);
  const random = Random.from(3, "scan");
  const feeds = Object.fromEntries(
    shapes.map((shape, i) => [`i${i}`, drawValues(random, shape, domain, i)]),
  );

  it("equals the steps written out, in JavaScript and in ONNX", async () => {
    const [js] = compileJs([output])
      .run(feeds)
      .map((a) => a.slice());
    expect(js.length).toBe(output.size);
    const [onnx] = await evaluateOnnx([output], feeds, "cpu");
    expect(difference(onnx, js)).toBeLessThan(1e-5);
  });

  it("has the derivative that central differences give, first and second", () => {
    expect(checkGradient(output, inputs, feeds, Random.from(5)).relative).toBeLessThan(1e-7);
    const first = grad(output.mul(output).sum(), [inputs[1]])[0];
    expect(checkGradient(first, inputs, feeds, Random.from(6)).relative).toBeLessThan(1e-6);
  });
});

describe("scan", () => {
  it("runs a recurrence whose states are known", () => {
    const graph = new Graph();
    const states = scan((s, [x]) => s.mul(2).add(x), graph.input("s", []), [graph.input("x", [4])]);
    const [values] = compileJs([states]).run({ s: [1], x: [0, 1, 0, 1] });
    expect([...values]).toEqual([2, 5, 10, 21]);
  });

  it("is one node when written twice", () => {
    const graph = new Graph();
    const [s, x] = [graph.input("s", []), graph.input("x", [4])];
    const twice = [0, 1].map(() => scan((state, [now]) => state.add(now), s, [x]).node);
    expect(twice[0]).toBe(twice[1]);
    expect(scan((state, [now]) => state.sub(now), s, [x]).node).not.toBe(twice[0]);
  });

  it("refuses a step that changes the state's shape, and sequences of different lengths", () => {
    const graph = new Graph();
    const [s, x, y] = [graph.input("s", []), graph.input("x", [4]), graph.input("y", [3])];
    expect(() => scan((state) => state.reshape([1]), s, [x])).toThrow(
      "scan: a next state of shape []; got [1]",
    );
    expect(() => scan((state) => state, s, [x, y])).toThrow(
      "scan: sequences of one length; got [4], [3]",
    );
  });
});

describe("symmetric matrices", () => {
  const graph = new Graph();
  const a = graph.input("a", [4, 4]);
  const b = graph.input("b", [4, 2]);
  const feeds = {
    a: drawValues(Random.from(1), [4, 4], { positiveDefinite: true }, 0),
    b: drawValues(Random.from(2), [4, 2], domain, 1),
  };

  it("are solved", () => {
    const [product] = compileJs([a.matmul(solveSymmetric(a, b))]).run(feeds);
    expect(difference(product, feeds.b)).toBeLessThan(1e-12);
  });

  it("have a log determinant, whose gradient is the inverse", () => {
    const value = logDeterminant(a);
    const [, gradient, inverse] = compileJs([
      value,
      grad(value, [a])[0],
      solveSymmetric(
        a,
        graph.constant(
          Float64Array.from({ length: 16 }, (_, i) => (i % 5 === 0 ? 1 : 0)),
          [4, 4],
        ),
      ),
    ]).run(feeds);
    expect(difference(gradient, inverse)).toBeLessThan(1e-10);
    expect(checkGradient(value, [a], feeds, Random.from(7)).relative).toBeLessThan(1e-7);
  });
});
