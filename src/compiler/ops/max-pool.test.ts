import { describe, expect, it } from "vitest";
import { Random } from "../../core/random.ts";
import { grad } from "../grad.ts";
import { Graph, type Tensor } from "../graph.ts";
import { compileJs } from "../js/run.ts";
import { evaluateOnnx } from "../onnx/session/evaluate.ts";
import { isOp } from "../op.ts";

/** Pools small whole numbers, of which many are equal, and weighs the results apart. */
function pooled(graph: Graph, shape: readonly number[], before: (x: Tensor) => Tensor) {
  const x = graph.input("x", shape);
  const y = before(x).maxPool({ kernel: [2, 2] });
  const weights = graph.input("weights", y.shape);
  return { x, y, loss: y.mul(weights).sum(), weights };
}

const random = Random.from(3, "max-pool");
const draw = (length: number) => Float64Array.from({ length }, () => random.integer(4) - 2);

describe.each([[[2, 3, 4, 6]], [[1, 2, 6, 2]], [[2, 1, 5, 4]]])("of %j", (shape) => {
  it("gives the cotangent to the first of equals in ONNX as in JavaScript", async () => {
    const { x, y, loss, weights } = pooled(new Graph(), shape, (t) => t);
    const feeds = {
      x: draw(x.size),
      weights: Float64Array.from({ length: weights.size }, (_, i) => i + 1),
    };
    const all = [y, ...grad(loss, [x])];
    const [largest, slopes] = compileJs(all).run(feeds);
    const onnx = await evaluateOnnx(all, feeds);
    expect(onnx[0]).toEqual([...largest]);
    expect(onnx[1]).toEqual([...slopes]);
    expect(slopes.filter((v) => v !== 0).length).toBe(y.size);
  });
});

it("comes before a rectifier and a bias, with their values and gradients", () => {
  const shape = [2, 3, 4, 4];
  const graph = new Graph();
  const bias = graph.input("bias", [3]);
  const { x, y, loss } = pooled(graph, shape, (t) => t.add(bias.reshape([1, 3, 1, 1])).relu());
  expect(isOp(y.node, "relu")).toBe(true);
  expect(isOp(y.node.inputs[0].inputs[0], "maxPool")).toBe(true);
  const feeds = {
    x: Float64Array.from({ length: x.size }, () => random.normal()),
    bias: [0.3, -0.2, 0.1],
    weights: Float64Array.from({ length: y.size }, (_, i) => i + 1),
  };
  const [values, dx, dBias] = compileJs([y, ...grad(loss, [x, bias])]).run(feeds);
  let at = 0;
  const sums = [0, 0, 0];
  for (let plane = 0; plane < 6; plane++)
    for (const row of [0, 2])
      for (const column of [0, 2]) {
        const places = [0, 1, 4, 5].map((d) => plane * 16 + row * 4 + column + d);
        const moved = places.map((i) => Math.max(0, feeds.x[i] + feeds.bias[plane % 3]));
        const largest = Math.max(...moved);
        expect(values[at]).toBeCloseTo(largest, 14);
        const slope = largest > 0 ? feeds.weights[at] : 0;
        places.forEach((i, k) => {
          expect(dx[i]).toBe(moved[k] === largest ? slope : 0);
        });
        sums[plane % 3] += slope;
        at++;
      }
  expect([...dBias]).toEqual(sums);
});
