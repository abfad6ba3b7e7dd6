import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { KeyedPermutation } from "./permutation.ts";

const all = (order: KeyedPermutation) =>
  Int32Array.from({ length: order.length }, (_, i) => order.at(i));

/** χ² of counts against equal ones, and the bound that 1 in 10,000 fair draws exceeds (Wilson–Hilferty). */
function evenness(counts: ArrayLike<number>): { readonly chi2: number; readonly bound: number } {
  const values = Array.from(counts);
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const df = values.length - 1;
  const chi2 = values.reduce((sum, n) => sum + (n - mean) ** 2 / mean, 0);
  return { chi2, bound: df * (1 - 2 / (9 * df) + 3.72 * Math.sqrt(2 / (9 * df))) ** 3 };
}

describe("KeyedPermutation", () => {
  it("has every number once, whatever the length and key", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3000 }), fc.nat(), (length, seed) => {
        const order = all(new KeyedPermutation(length, seed, "test"));
        expect(order.sort()).toEqual(Int32Array.from({ length }, (_, i) => i));
      }),
    );
  });

  it("stays below lengths that fill all bits", () => {
    const order = new KeyedPermutation(2 ** 31, 1);
    const some = Array.from({ length: 2000 }, (_, i) => order.at(i * 1_000_003));
    expect(new Set(some).size).toBe(2000);
    expect(Math.min(...some)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...some)).toBeLessThan(2 ** 31);
    expect(Math.max(...some)).toBeGreaterThan(2 ** 30);
  });

  it("depends on seed and names alone", () => {
    const order = (seed: number, ...path: (string | number)[]) =>
      all(new KeyedPermutation(500, seed, ...path));
    expect(order(1, "order", 2)).toEqual(order(1, "order", 2));
    expect(order(1, "order", 3)).not.toEqual(order(1, "order", 2));
    expect(order(2, "order", 2)).not.toEqual(order(1, "order", 2));
  });

  it("puts a number anywhere with equal chance over keys", () => {
    const length = 50;
    const counts = new Float64Array(length * 4);
    for (let seed = 0; seed < 8000; seed++) {
      const order = new KeyedPermutation(length, seed);
      for (const [k, place] of [0, 1, 17, 49].entries()) counts[k * length + order.at(place)]++;
    }
    for (let k = 0; k < 4; k++) {
      const { chi2, bound } = evenness(counts.subarray(k * length, (k + 1) * length));
      expect(chi2).toBeLessThan(bound);
    }
  });

  it("spreads neighbours evenly, and steps between them", () => {
    const length = 100_000;
    const order = all(new KeyedPermutation(length, 11));
    const places = new Float64Array(64);
    const steps = new Float64Array(64);
    for (let i = 0; i < 20_000; i++) {
      places[Math.floor((order[i] * 64) / length)]++;
      const step = (order[i + 1] - order[i] + length) % length;
      steps[Math.floor((step * 64) / length)]++;
    }
    for (const counts of [places, steps]) {
      const { chi2, bound } = evenness(counts);
      expect(chi2).toBeLessThan(bound);
    }
    // As many ascents as descents: an order that runs on would have more of one.
    const ascents = order.reduce((n, x, i) => n + Number(i > 0 && x > order[i - 1]), 0);
    expect(Math.abs(ascents - length / 2)).toBeLessThan(4 * Math.sqrt(length / 12));
  });
});
