import { describe, expect, it } from "vitest";
import { type LinePoint, type LineSearchOptions, strongWolfe } from "./line-search.ts";

const options: LineSearchOptions = {
  decrease: 1e-4,
  curvature: 0.9,
  valuePrecision: 1e-14,
  maxEvaluations: 60,
};

type Curve = (step: number) => [value: number, slope: number];

/** Value and slope along a line, falling at 0. */
const curves: Record<string, Curve> = {
  "a rational valley": (a) => [-a / (a * a + 2), (a * a - 2) / (a * a + 2) ** 2],
  "a steep quintic": (a) => {
    const b = a + 0.004;
    return [b ** 5 - 2 * b ** 4, 5 * b ** 4 - 8 * b ** 3];
  },
  "a wavy valley": (a) => [
    (1 - a) ** 2 + 0.3 * Math.sin(8 * a) - 3 * a,
    -2 * (1 - a) + 2.4 * Math.cos(8 * a) - 3,
  ],
  "a barrier at 3": (a) => [-Math.log(3 - a) - 2 * a, 1 / (3 - a) - 2],
  "an exponential": (a) => [Math.exp(3 * a) - 50 * a, 3 * Math.exp(3 * a) - 50],
};
function search(curve: Curve, firstStep: number, changes: Partial<LineSearchOptions> = {}) {
  const steps: number[] = [];
  const at = (step: number): LinePoint => {
    const [value, slope] = curve(step);
    return { step, value, slope, gradient: Float64Array.of(slope) };
  };
  const evaluate = async (step: number) => {
    steps.push(step);
    return at(step);
  };
  const result = strongWolfe(evaluate, at(0), firstStep, { ...options, ...changes });
  return result.then((found) => ({ ...found, start: at(0), steps }));
}

describe.each(Object.entries(curves))("on %s", (_, curve) => {
  it.each([1e-3, 1e-1, 1, 10, 1e3])(
    "both conditions hold from a first step of %d",
    async (first) => {
      for (const curvature of [0.9, 0.1]) {
        const { status, point, start, steps } = await search(curve, first, { curvature });
        expect(status).toBe("wolfe");
        expect(point.value).toBeLessThanOrEqual(start.value + 1e-4 * point.step * start.slope);
        expect(Math.abs(point.slope)).toBeLessThanOrEqual(curvature * Math.abs(start.slope));
        expect(steps).toContain(point.step);
        expect(steps.length).toBeLessThanOrEqual(40);
      }
    },
  );
});

it("gives the lowest point seen when the evaluations run out", async () => {
  const found = await search((a) => [-a, -1], 1, { maxEvaluations: 3 });
  expect(found.status).toBe("decrease");
  expect(found.point.step).toBe(Math.max(...found.steps));
  expect(found.steps.length).toBe(3);
});

it("says that nothing lower exists, or that nothing was finite", async () => {
  const wrongSlope = await search((a) => [a, -1], 1);
  expect(wrongSlope).toMatchObject({ status: "failed", point: { step: 0 } });
  const nowhere = await search((a) => (a === 0 ? [0, -1] : [Number.NaN, -1]), 1);
  expect(nowhere).toMatchObject({ status: "nonFinite", nonFinite: Number.NaN });
});
