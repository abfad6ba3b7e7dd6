import { describe, expect, it } from "vitest";
import { Random } from "./random.ts";

function moments(draw: () => number, count = 40_000) {
  const values = Float64Array.from({ length: count }, draw);
  const mean = values.reduce((a, b) => a + b, 0) / count;
  const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / count;
  return { mean, variance, values };
}

describe("draws have the moments of their distribution", () => {
  it.each([0.1, 0.5, 1, 3.5, 40])("gamma of shape %d", (shape) => {
    const random = Random.from(1, "gamma");
    const { mean, variance, values } = moments(() => random.gamma(shape));
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    // Five standard errors; the variance of a gamma's square is (6/shape + 2)·shape².
    expect(Math.abs(mean - shape)).toBeLessThan(5 * Math.sqrt(shape / 40_000));
    const spread = shape * Math.sqrt((6 / shape + 2) / 40_000);
    expect(Math.abs(variance - shape)).toBeLessThan(5 * spread);
  });

  it.each([
    [0.2, 0.2],
    [1, 1],
    [2, 5],
  ])("beta of shapes %d and %d", (a, b) => {
    const random = Random.from(2, "beta");
    const { mean, variance, values } = moments(() => random.beta(a, b));
    expect(values.every((v) => v >= 0 && v <= 1)).toBe(true);
    const expected = (a * b) / ((a + b) ** 2 * (a + b + 1));
    expect(Math.abs(mean - a / (a + b))).toBeLessThan(5 * Math.sqrt(expected / 40_000));
    expect(variance / expected).toBeCloseTo(1, 1);
  });

  it("beta of tiny shapes lies at the ends", () => {
    const random = Random.from(3, "beta");
    const values = Array.from({ length: 50 }, () => random.beta(1e-4, 1e-4));
    expect(values.every((v) => v < 1e-6 || v > 1 - 1e-6)).toBe(true);
    expect(new Set(values.map(Math.round)).size).toBe(2);
  });
});
