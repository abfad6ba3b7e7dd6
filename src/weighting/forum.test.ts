import { describe, expect, it } from "vitest";
import { Random } from "../core/random.ts";
import { forumWeights } from "./forum.ts";
import { dot, squaredLength } from "./gram.ts";

/** ‖Σ λ_i g_i + νq‖² − νφ‖q‖² with the best ν, from the vectors' inner products. */
function problem(seed: number, k: number) {
  const random = Random.from(seed, "forum");
  const draw = () => Float64Array.from({ length: 5 }, () => random.normal());
  const g = Array.from({ length: k }, () => {
    const v = draw();
    const length = Math.sqrt(dot(v, v));
    return v.map((x) => x / length);
  });
  const q = draw().map((x) => x * Math.exp(random.normal()));
  const phi = Math.exp(random.normal());
  const units = { k, values: Float64Array.from(g.flatMap((a) => g.map((b) => dot(a, b)))) };
  const along = Float64Array.from(g, (v) => dot(v, q));
  const square = dot(q, q);
  const side = (w: Float64Array) => phi - dot(w, along) / square;
  const value = (w: Float64Array) => {
    const nu = Math.max(0, side(w));
    return squaredLength(units, w) + 2 * nu * dot(w, along) + nu * nu * square - nu * phi * square;
  };
  return { units, along, square, phi, side, value };
}

describe("FORUM's quadratic program", () => {
  it("is solved on both sides of its constraint and on the border", () => {
    const sides = { free: 0, bound: 0, border: 0 };
    for (let seed = 0; seed < 300; seed++) {
      const { units, along, square, phi, side, value } = problem(seed, 2);
      const w = forumWeights(units, along, square, phi);
      let best = Number.POSITIVE_INFINITY;
      for (let i = 0; i <= 20_000; i++) {
        best = Math.min(best, value(Float64Array.of(i / 20_000, 1 - i / 20_000)));
      }
      expect(value(w)).toBeLessThanOrEqual(best + 1e-9 * (1 + Math.abs(best)));
      const at = side(w);
      sides[Math.abs(at) < 1e-9 ? "border" : at > 0 ? "bound" : "free"]++;
    }
    expect(Math.min(...Object.values(sides))).toBeGreaterThan(0);
  });

  it("is not beaten by points near by, for more tasks", () => {
    for (let seed = 0; seed < 60; seed++) {
      const { units, along, square, phi, value } = problem(seed, 4);
      const w = forumWeights(units, along, square, phi);
      const random = Random.from(seed, "near");
      for (let round = 0; round < 200; round++) {
        const other = w.map(() => -Math.log(1 - random.uniform()));
        const sum = other.reduce((a, b) => a + b, 0);
        const share = 10 ** (-4 * random.uniform());
        const near = w.map((v, i) => (1 - share) * v + (share * other[i]) / sum);
        expect(value(near)).toBeGreaterThan(value(w) - 1e-9);
      }
    }
  });
});
