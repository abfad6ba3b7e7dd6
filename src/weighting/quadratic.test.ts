import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Random } from "../core/random.ts";
import { dot, type Gram, squaredLength, times } from "./gram.ts";
import { nonnegativeMinimum, simplexMinimum } from "./quadratic.ts";

interface Case {
  kind: string;
  h: number[];
  f: number[];
  nonnegative: number;
  minNorm: number;
  simplex?: number;
}

const cases: Case[] = JSON.parse(
  readFileSync(new URL("fixtures/quadratic.json", import.meta.url), "utf8"),
);
const gramOf = (values: ArrayLike<number>): Gram => ({
  k: Math.sqrt(values.length),
  values: Float64Array.from(values),
});
const objective = (h: Gram, f: Float64Array, x: Float64Array) =>
  0.5 * dot(x, times(h, x)) + dot(f, x);

describe("quadratic programs against SciPy", () => {
  it("reaches the minimum over x >= 0", () => {
    for (const { h, f, nonnegative, kind } of cases) {
      const gram = gramOf(h);
      const linear = Float64Array.from(f);
      const x = nonnegativeMinimum(gram, linear);
      expect(Math.min(...x), kind).toBeGreaterThanOrEqual(0);
      const size = Math.abs(nonnegative) + 1e-12 * Math.max(...h) + 1e-300;
      expect((objective(gram, linear, x) - nonnegative) / size, kind).toBeLessThan(1e-9);
    }
  });

  it("reaches the shortest vector of the convex hull", () => {
    for (const { h, minNorm, kind } of cases) {
      const gram = gramOf(h);
      const w = simplexMinimum(gram);
      expect(Math.min(...w), kind).toBeGreaterThanOrEqual(0);
      expect(w.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
      const longest = Math.sqrt(Math.max(...h));
      expect(Math.sqrt(squaredLength(gram, w)), kind).toBeLessThanOrEqual(
        minNorm * (1 + 1e-9) + 2e-8 * longest,
      );
    }
  });

  it("reaches the minimum over the simplex with a linear term", () => {
    for (const { h, f, simplex, kind } of cases) {
      if (simplex === undefined) continue;
      const gram = gramOf(h);
      const linear = Float64Array.from(f);
      const w = simplexMinimum(gram, linear);
      expect(objective(gram, linear, w) - simplex, kind).toBeLessThan(
        1e-9 * (1 + Math.abs(simplex)),
      );
    }
  });

  it("satisfies the optimality conditions up to 64 variables, from any start", () => {
    for (let seed = 0; seed < 12; seed++) {
      const random = Random.from(seed, "quadratic");
      const k = [2, 7, 16, 33, 64][seed % 5];
      const p = seed % 3 === 0 ? Math.ceil(k / 2) : k + 2;
      const rows = Array.from({ length: k }, () =>
        Float64Array.from({ length: p }, () => random.normal()),
      );
      const h: Gram = {
        k,
        values: Float64Array.from(rows.flatMap((a) => rows.map((b) => dot(a, b)))),
      };
      const f = Float64Array.from({ length: k }, () => random.normal());
      const w = simplexMinimum(h, f);
      const start = new Float64Array(k).fill(1 / k);
      expect(objective(h, f, simplexMinimum(h, f, start))).toBeCloseTo(objective(h, f, w), 10);
      const gradient = times(h, w).map((v, i) => v + f[i]);
      const multiplier = dot(w, gradient);
      gradient.forEach((g, i) => {
        expect(g - multiplier).toBeGreaterThan(-1e-9);
        if (w[i] > 1e-9) expect(Math.abs(g - multiplier)).toBeLessThan(1e-9);
      });
    }
  });
});
