import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { shareOut } from "./shared-subspace.ts";
import { mapSingularValues, singularValues } from "./svd.ts";
import { smoothByTotalVariation } from "./total-variation.ts";

const fixture = JSON.parse(
  readFileSync(new URL("./fixtures/regularizers.json", import.meta.url), "utf8"),
) as {
  svd: { matrix: number[][]; values: number[]; trimmed: number[][] }[];
  variation: { y: number[]; threshold: number; x: number[] }[];
};

it.each(fixture.svd)("finds NumPy's singular values of matrix %#", ({ matrix, values }) => {
  const [rows, columns] = [matrix.length, matrix[0].length];
  const found = singularValues(Float64Array.from(matrix.flat()), rows, columns);
  expect(found.values.length).toBe(values.length);
  const scale = Math.max(1, values[0]);
  for (const [i, v] of values.entries())
    expect(Math.abs(found.values[i] - v)).toBeLessThan(1e-13 * scale);
  // Right vectors are orthonormal, also where values are 0.
  for (let a = 0; a < found.short; a++) {
    for (let b = 0; b <= a; b++) {
      let dot = 0;
      for (let k = 0; k < found.short; k++)
        dot += found.right[a * found.short + k] * found.right[b * found.short + k];
      expect(dot).toBeCloseTo(a === b ? 1 : 0, 12);
    }
  }
});

it.each(fixture.svd)("trims singular values as NumPy does, matrix %#", ({ matrix, trimmed }) => {
  const [rows, columns] = [matrix.length, matrix[0].length];
  const found = Float64Array.from(matrix.flat());
  mapSingularValues(found, rows, columns, (values) => values.map((v) => Math.max(0, v - 0.5)));
  const expected = trimmed.flat();
  for (let i = 0; i < found.length; i++) expect(found[i]).toBeCloseTo(expected[i], 11);
});

it.each(fixture.variation)("smooths like a certified solver, signal %#", (line) => {
  const found = Float64Array.from(line.y);
  smoothByTotalVariation(found, line.threshold);
  for (let i = 0; i < found.length; i++) expect(found[i]).toBeCloseTo(line.x[i], 9);
});

it("shares out a size among values such that marginal costs agree", () => {
  for (const [values, size, offset] of [
    [[5, 3, 1, 0.2], 2, 0.1],
    [[5, 3, 1, 0.2], 1, 2],
    [[1, 1, 1], 2, 0.5],
    [[100, 1e-3, 0], 1, 0.1],
    [[7, 0, 0], 2, 0.1],
    [[3, 2], 5, 0.1],
  ] as const) {
    const shares = shareOut(Float64Array.from(values), size, offset);
    const positive = values.filter((v) => v > 0).length;
    const total = shares.reduce((a, b) => a + b, 0);
    if (positive > size) expect(total).toBeCloseTo(size, 10);
    const marginal = [...shares].map((m, i) => values[i] / (offset + m));
    for (const [i, m] of shares.entries()) {
      expect(m).toBeGreaterThanOrEqual(0);
      expect(m).toBeLessThanOrEqual(1);
      for (const [j, other] of shares.entries()) {
        // Moving some from i to j must not lower the sum.
        if (m > 0 && other < 1) expect(marginal[i]).toBeGreaterThanOrEqual(marginal[j] - 1e-9);
      }
    }
  }
});
