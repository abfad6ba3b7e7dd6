import { describe, expect, it } from "vitest";
import { Random } from "../../core/random.ts";
import { argsort } from "./order.ts";

function checkSorted(values: Float64Array): void {
  const order = argsort(values);
  expect(new Set(order).size).toBe(values.length);
  for (let i = 1; i < order.length; i++) {
    const [a, b] = [values[order[i - 1]], values[order[i]]];
    if (!(a < b || (a === b && order[i - 1] < order[i]))) {
      throw new Error(`places ${i - 1} and ${i}: ${a} before ${b}`);
    }
  }
}

describe("argsort", () => {
  const random = Random.from(7, "argsort");

  it.each([0, 1, 2, 100, 4095, 4096, 30_000])("sorts %d numbers, equal ones in place", (n) => {
    checkSorted(Float64Array.from({ length: n }, () => random.uniform() - 0.5));
    checkSorted(Float64Array.from({ length: n }, () => random.integer(50) - 25));
    checkSorted(new Float64Array(n).fill(3));
  });

  it("knows the order of extreme numbers in many rows", () => {
    const extreme = [Infinity, -Infinity, 5e-324, -5e-324, 0, -0, 1.7e308, -1.7e308, 1, -1];
    checkSorted(Float64Array.from({ length: 5000 }, () => extreme[random.integer(10)]));
  });
});
