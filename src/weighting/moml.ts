import { z } from "zod";
import { pick, present, spread } from "./gram.ts";
import { keeping } from "./keep.ts";
import { simplexMinimum } from "./quadratic.ts";
import { ScalarAdam } from "./scalar-adam.ts";
import { softmax, throughSoftmax } from "./simplex.ts";
import { validationOf } from "./validation.ts";
import type { Weighting } from "./weighting.ts";

const config = z.strictObject({
  outerRate: z.number().positive().max(10).default(1e-3).describe("Step size of the task logits."),
  innerRate: z.number().positive().max(10).default(0.1).describe("Size of the inner step."),
});

/**
 * Multi-objective meta learning: each task's validation loss after one inner step has its own gradient in
 * the logits; the logits move along the shortest combination of these, each made a unit vector.
 */
export const moml: Weighting<z.infer<typeof config>> = {
  name: "moml",
  title: "MOML",
  summary: "Weights go down all tasks' validation losses at once (bilevel, by MGDA).",
  cite: ["ye2021"],
  config,
  needs: "validationGradients",
  create({ outerRate, innerRate }, { names }) {
    const k = names.length;
    const adam = new ScalarAdam(new Float64Array(k).fill(1 / k));
    return {
      inner: () => ({ steps: 1, rate: innerRate, weights: softmax(adam.values), at: "after" }),
      weights(facts) {
        const tasks = present(facts);
        const { cross, losses } = validationOf(facts);
        const z = softmax(adam.values);
        const slopes: Float64Array[] = [];
        for (let i = 0; i < k; i++) {
          if (Number.isNaN(losses[i])) continue;
          const slope = throughSoftmax(
            z,
            Float64Array.from({ length: k }, (_, j) =>
              tasks.includes(j) ? -innerRate * cross[i * k + j] : 0,
            ),
          );
          const length = Math.hypot(...slope);
          slopes.push(length > 0 ? slope.map((v) => v / length) : slope);
        }
        if (slopes.length > 0) adam.step(shortestCombination(slopes), outerRate);
        return spread(pick(softmax(adam.values), tasks), tasks, k);
      },
      ...keeping(adam.vectors()),
    };
  },
};

/** The shortest vector in the convex hull. */
export function shortestCombination(vectors: readonly Float64Array[]): Float64Array {
  const k = vectors.length;
  const values = new Float64Array(k * k);
  vectors.forEach((a, i) => {
    vectors.forEach((b, j) => {
      for (let r = 0; r < a.length; r++) values[i * k + j] += a[r] * b[r];
    });
  });
  const w = simplexMinimum({ k, values });
  return vectors[0].map((_, r) => vectors.reduce((sum, v, i) => sum + w[i] * v[r], 0));
}
