import { expect, test } from "vitest";
import { Moments } from "../core/moments.ts";
import { Random } from "../core/random.ts";
import { quantile, Reservoir, reservoirSize } from "./reservoir.ts";

test("quantiles are linear between neighbours", () => {
  const sorted = Float64Array.of(1, 2, 4, 8);
  expect([0, 0.5, 1].map((q) => quantile(sorted, q))).toEqual([1, 3, 8]);
  expect(quantile(sorted, 0.9)).toBeCloseTo(6.8, 12);
  expect(quantile(Float64Array.of(5), 0.3)).toBe(5);
});

test("a short stream is kept whole", () => {
  const sample = new Reservoir();
  for (const x of [3, 1, 2]) sample.add(x);
  expect([...sample.sorted()]).toEqual([1, 2, 3]);
});

test("a long stream is sampled evenly", () => {
  const sample = new Reservoir();
  const count = 4 * reservoirSize;
  for (let i = 0; i < count; i++) sample.add(i);
  const sorted = sample.sorted();
  expect(sorted.length).toBe(reservoirSize);
  expect(new Set(sorted).size).toBe(reservoirSize);
  // Five standard errors of a sample quantile.
  for (const q of [0.1, 0.5, 0.9]) {
    const error = Math.abs(quantile(sorted, q) / count - q);
    expect(error).toBeLessThan(5 * Math.sqrt((q * (1 - q)) / reservoirSize));
  }
});

test("moments equal the two-pass formulas, far from zero too", () => {
  const random = Random.from(6);
  const values = Array.from({ length: 1000 }, () => 1e9 + random.normal());
  const moments = new Moments();
  for (const x of values) moments.add(x);
  const mean = values.reduce((sum, x) => sum + (x - 1e9), 0) / 1000;
  const squares = values.reduce((sum, x) => sum + (x - 1e9 - mean) ** 2, 0);
  // Neighbouring doubles are 1.2e-7 apart here.
  expect(moments.mean - 1e9).toBeCloseTo(mean, 5);
  expect(moments.scale).toBeCloseTo(Math.sqrt(squares / 1000), 6);
});

test("values that do not vary have scale 1", () => {
  const moments = new Moments();
  expect(moments.scale).toBe(1);
  for (let i = 0; i < 10; i++) moments.add(0.1);
  expect(moments.scale).toBe(1);
});
