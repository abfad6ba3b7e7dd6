import { expect, it } from "vitest";
import { checkGradient } from "../compiler/check.ts";
import { Graph } from "../compiler/graph.ts";
import { compileJs } from "../compiler/js/run.ts";
import { Random } from "../core/random.ts";
import { sizeOf } from "../core/shape.ts";
import { Builder } from "./builder.ts";
import { residualConvBlock } from "./residual-conv-block.ts";

function traced(filters: number, stride: number, training = true) {
  const builder = new Builder(new Graph(), training);
  const x = builder.feed("x", [2, 3, 5, 4]);
  const y = residualConvBlock(builder, "b", x, { filters, stride, activation: "tanh" });
  const feeds: Record<string, Float64Array> = {};
  const draw = (name: string, shape: readonly number[]) => {
    const random = Random.from(2, name);
    feeds[name] = Float64Array.from({ length: sizeOf(shape) }, () => random.normal());
  };
  draw("x", x.shape);
  for (const { name, shape } of builder.parameters.values()) draw(name, shape);
  return { builder, x, y, feeds };
}

it.each([
  [3, 1, [2, 3, 5, 4], 2 * 27 * 3 + 4 * 3],
  [6, 1, [2, 6, 5, 4], 6 * 27 + 6 * 54 + 6 * 3 + 6 * 6],
  [6, 2, [2, 6, 3, 2], 6 * 27 + 6 * 54 + 6 * 3 + 6 * 6],
])(
  "of %d filters and stride %d has its shape, parameters and gradient",
  (filters, stride, shape, count) => {
    const { builder, x, y, feeds } = traced(filters, stride);
    expect(y.shape).toEqual(shape);
    const specs = [...builder.parameters.values()];
    expect(specs.reduce((n, p) => n + sizeOf(p.shape), 0)).toBe(count);
    const wrt = [x, ...specs.map((p) => builder.graph.input(p.name, p.shape))];
    expect(checkGradient(y, wrt, feeds, Random.from(1)).relative).toBeLessThan(1e-6);
  },
);

it("is its input's activation where the second norm lets nothing through", () => {
  const { y, feeds } = traced(3, 1);
  feeds["b.second.norm.scale"].fill(0);
  feeds["b.second.norm.shift"].fill(0);
  const [value] = compileJs([y]).run(feeds);
  value.forEach((v, i) => {
    expect(v).toBeCloseTo(Math.tanh(feeds.x[i]), 12);
  });
});
