import fc from "fast-check";
import { expect, it } from "vitest";
import { elasticNet } from "./prox.ts";

const real = (min: number, max: number) => fc.double({ min, max, noNaN: true });

it("lands where penalty plus distance is lowest", () => {
  const problem = fc.record({
    x: fc.array(real(-5, 5), { minLength: 1, maxLength: 6 }),
    weight: real(0, 3),
    l1: real(0, 3),
    l2: real(0, 3),
    step: real(0.01, 2),
  });
  fc.assert(
    fc.property(problem, ({ x, weight, l1, l2, step }) => {
      const start = Float64Array.from(x);
      const penalty = elasticNet(l1, l2, new Float64Array(x.length).fill(weight));
      const cost = (u: Float64Array) =>
        penalty.value(u) + u.reduce((sum, v, i) => sum + (v - start[i]) ** 2, 0) / (2 * step);
      const landed = start.slice();
      penalty.prox(landed, step);
      for (let i = 0; i < x.length; i++) {
        for (const move of [-1, -0.01, 0.01, 1, -landed[i], start[i] - landed[i]]) {
          const elsewhere = landed.slice();
          elsewhere[i] += move;
          expect(cost(elsewhere)).toBeGreaterThanOrEqual(cost(landed) - 1e-12);
        }
      }
    }),
  );
});

it("leaves components of weight 0 free and gives no negative zeros", () => {
  const x = Float64Array.of(3, -3, 0.5, -0.5);
  elasticNet(1, 1, Float64Array.of(1, 0, 1, 1)).prox(x, 1);
  expect(x).toEqual(Float64Array.of(1, -3, 0, 0));
});
