import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { special } from "./special.ts";

const reference = JSON.parse(
  readFileSync(new URL("fixtures/erf.json", import.meta.url), "utf8"),
) as { x: number[]; erf: number[] };

describe("erf", () => {
  it("equals values computed with 50 digits to a few units in the last place", () => {
    const worst = Math.max(
      ...reference.x.map((x, i) => {
        const expected = reference.erf[i];
        const error = Math.abs(special.erf(x) - expected);
        return expected === 0 ? error : error / Math.abs(expected);
      }),
    );
    expect(worst).toBeLessThan(5e-16);
  });

  it("is odd, and ±1 far out", () => {
    expect(special.erf(0)).toBe(0);
    expect(special.erf(-0.3)).toBe(-special.erf(0.3));
    expect([-Infinity, -9, 9, Infinity].map(special.erf)).toEqual([-1, -1, 1, 1]);
    expect(special.erf(Number.NaN)).toBeNaN();
  });
});
