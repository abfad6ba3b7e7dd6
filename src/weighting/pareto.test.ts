import { describe, expect, it } from "vitest";
import { PolytaskError } from "../core/errors.ts";
import { Random } from "../core/random.ts";
import { dominates, hypervolume, paretoFront, preferenceGrid } from "./pareto.ts";

/** The dominated volume by cutting space at every coordinate and asking each cell. */
function byCells(points: number[][], reference: number[]): number {
  const n = reference.length;
  const cuts = reference.map((r, d) =>
    [...new Set([...points.map((p) => Math.min(p[d], r)), r])].sort((a, b) => a - b),
  );
  let total = 0;
  const walk = (d: number, low: number[], volume: number) => {
    if (d === n) {
      if (points.some((p) => p.every((v, i) => v <= low[i]))) total += volume;
      return;
    }
    for (let i = 0; i + 1 < cuts[d].length; i++) {
      walk(d + 1, [...low, cuts[d][i]], volume * (cuts[d][i + 1] - cuts[d][i]));
    }
  };
  walk(0, [], 1);
  return total;
}

describe("hypervolume", () => {
  it("is exact next to counting cells, for 1 to 6 tasks", () => {
    const random = Random.from(5, "hypervolume");
    for (let n = 1; n <= 6; n++) {
      for (let round = 0; round < 12; round++) {
        const count = 1 + random.integer(n > 4 ? 5 : 9);
        const coarse = round % 2 === 0;
        const points = Array.from({ length: count }, () =>
          Array.from({ length: n }, () => {
            const v = random.uniform() * 1.2;
            return coarse ? Math.round(v * 4) / 4 : v;
          }),
        );
        const reference = new Array(n).fill(1);
        expect(hypervolume(points, reference)).toBeCloseTo(byCells(points, reference), 12);
      }
    }
  });

  it("is known for simple fronts", () => {
    expect(hypervolume([], [1, 1])).toBe(0);
    expect(hypervolume([[1, 0]], [1, 1])).toBe(0);
    expect(hypervolume([[0.5, 0.5]], [1, 1])).toBe(0.25);
    expect(
      hypervolume(
        [
          [0, 2],
          [1, 1],
          [2, 0],
        ],
        [3, 3],
      ),
    ).toBe(6);
    expect(
      hypervolume(
        [
          [0, 2],
          [1, 1],
          [2, 0],
          [2, 2],
        ],
        [3, 3],
      ),
    ).toBe(6);
    const corners = [
      [0, 0, 1],
      [0, 1, 0],
      [1, 0, 0],
    ];
    expect(hypervolume(corners, [2, 2, 2])).toBe(7);
  });

  it("refuses points of another length", () => {
    expect(() => hypervolume([[1, 2, 3]], [4, 4])).toThrow(PolytaskError);
  });
});

describe("fronts", () => {
  it("keeps what nothing dominates, and one of equals", () => {
    expect(
      paretoFront([
        [1, 3],
        [2, 2],
        [3, 3],
        [2, 2],
        [3, 1],
      ]),
    ).toEqual([0, 1, 4]);
    expect(dominates([1, 1], [1, 1])).toBe(false);
    expect(dominates([1, 0], [1, 1])).toBe(true);
  });
});

describe("preference grids", () => {
  it("gives two tasks equal steps", () => {
    expect(preferenceGrid(2, 4).map((p) => [...p])).toEqual([
      [0.125, 0.875],
      [0.375, 0.625],
      [0.625, 0.375],
      [0.875, 0.125],
    ]);
  });

  it("gives as many positive, different points of the simplex as asked, well apart", () => {
    for (const [tasks, count] of [
      [2, 1],
      [3, 1],
      [3, 7],
      [4, 20],
      [6, 30],
      [16, 12],
    ]) {
      const grid = preferenceGrid(tasks, count);
      expect(grid).toHaveLength(count);
      expect(new Set(grid.map((p) => p.join())).size).toBe(count);
      for (const p of grid) {
        expect(Math.min(...p)).toBeGreaterThan(0);
        expect(p.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
      }
    }
    const grid = preferenceGrid(3, 7);
    expect(grid).toEqual(preferenceGrid(3, 7));
    // Each of three tasks is the favourite somewhere.
    for (let i = 0; i < 3; i++) expect(Math.max(...grid.map((p) => p[i]))).toBeGreaterThan(0.5);
  });

  it("refuses nothing to spread", () => {
    expect(() => preferenceGrid(2, 0)).toThrow("pareto: a whole number of at least 1; got 0");
    expect(() => preferenceGrid(0, 3)).toThrow(PolytaskError);
  });
});
