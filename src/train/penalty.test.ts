import { describe, expect, it } from "vitest";
import { Arena } from "../optim/memory.ts";
import { Penalty } from "./penalty.ts";

const values = [3, -2, 0.5, 0.1, -4, 7];
/** The last two floats are a bias, which is not penalised. */
const groups = [
  { start: 0, end: 4, weightDecay: true },
  { start: 4, end: 6, weightDecay: false },
];

function setUp(config: { l1: number; l2: number }) {
  const arena = new Arena([
    { name: "weights", dtype: "float32", length: 6 },
    { name: "gradients", dtype: "float32", length: 6 },
  ]);
  const weights = arena.float32("weights");
  const gradients = arena.float32("gradients");
  weights.set(values);
  gradients.fill(1);
  const penalty = new Penalty(config, arena.kernels, weights, gradients, groups);
  return { penalty, weights, gradients };
}

const rounded = (list: Float32Array) => [...list].map((x) => Math.round(x * 1e6) / 1e6);

describe("Penalty", () => {
  it("is l1 Σ|θ| + l2 ½Σθ² over weights, not biases", () => {
    const { penalty } = setUp({ l1: 0.5, l2: 0.2 });
    const l1 = 3 + 2 + 0.5 + 0.1;
    const l2 = (9 + 4 + 0.25 + 0.01) / 2;
    expect(penalty.value()).toBeCloseTo(0.5 * l1 + 0.2 * l2, 6);
    expect(setUp({ l1: 0, l2: 0 }).penalty.value()).toBe(0);
  });

  it("adds l2 θ to the gradient", () => {
    const { penalty, gradients } = setUp({ l1: 9, l2: 0.2 });
    penalty.addGradient();
    expect(rounded(gradients)).toEqual([1.6, 0.6, 1.1, 1.02, 1, 1]);
  });

  it("moves weights towards 0 by rate · l1, and no further", () => {
    const { penalty, weights } = setUp({ l1: 2, l2: 0 });
    penalty.shrink(0.1);
    expect(rounded(weights)).toEqual([2.8, -1.8, 0.3, 0, -4, 7]);
  });

  it("finds the elastic net of one weight, whose closed form is known", () => {
    // min ½(w − 2)² + l1|w| + ½ l2 w² has w = (2 − l1) / (1 + l2).
    const { penalty, weights, gradients } = setUp({ l1: 0.3, l2: 0.7 });
    for (let step = 0; step < 400; step++) {
      for (let i = 0; i < 6; i++) gradients[i] = weights[i] - 2;
      penalty.addGradient();
      for (let i = 0; i < 6; i++) weights[i] -= 0.1 * gradients[i];
      penalty.shrink(0.1);
    }
    for (let i = 0; i < 4; i++) expect(weights[i]).toBeCloseTo((2 - 0.3) / 1.7, 5);
    expect(weights[5]).toBeCloseTo(2, 5);
  });
});
