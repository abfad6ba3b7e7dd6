import { describe, expect, it } from "vitest";
import { Random } from "../core/random.ts";
import { taskKinds } from "../tasks/tasks.ts";
import { type HeldOutTask, scoreBlend } from "./blend.ts";

const rows = 200;

/** Two predictors of one number whose errors are independent, the first with `noise` times the error. */
function fold(seed: number, noise: number): HeldOutTask[] {
  const random = Random.from(seed, "blend");
  const truth = Float64Array.from({ length: rows }, () => random.normal());
  return [noise, 1].map((scale) => ({
    kind: "regression",
    state: {},
    truth,
    outputs: { value: truth.map((y) => y + scale * random.normal()) },
  }));
}

describe("blended predictions", () => {
  it("average to half the variance of independent errors", () => {
    expect(taskKinds.regression.primary).toBe("rmse");
    const { metrics } = scoreBlend(fold(1, 1), undefined);
    expect(metrics.rmse).toBeGreaterThan(0.6);
    expect(metrics.rmse).toBeLessThan(0.8);
  });

  it("lean to what was better in other folds", () => {
    const others = [2, 3, 4].map((seed) => fold(seed, 0.3));
    const here = fold(1, 0.3);
    const halves = scoreBlend(here, undefined).metrics.rmse;
    // The best part of the worse is 0.09 / 1.09: some 0.1.
    const stacked = scoreBlend(here, others).metrics.rmse;
    const byHand = Math.sqrt(
      here[0].truth.reduce((sum, y, i) => {
        const [a, b] = here.map((m) => (m.outputs.value as Float64Array)[i]);
        return sum + (0.9 * a + 0.1 * b - y) ** 2;
      }, 0) / rows,
    );
    expect(stacked).toBeCloseTo(byHand, 9);
    expect(stacked).toBeLessThan(halves);
  });
});
