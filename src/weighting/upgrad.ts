import { z } from "zod";
import { fromGram } from "./from-gram.ts";
import { type Gram, pick, times } from "./gram.ts";
import { preference, preferenceOf } from "./preference.ts";
import { nonnegativeMinimum } from "./quadratic.ts";
import type { WeighedTasks, Weigher, Weighting } from "./weighting.ts";

/** Options of both projections on the dual cone. */
export const projectionConfig = z.strictObject({
  regularization: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe(
      "Added to the diagonal of the Gram matrix, as a share of its trace; 0 projects exactly.",
    ),
  preference,
});

export type ProjectionConfig = z.infer<typeof projectionConfig>;

/**
 * Each task's gradient is projected on the directions that are against no task; the projections are
 * averaged (with a preference: with those weights).
 */
export const upgrad: Weighting<ProjectionConfig> = {
  name: "upgrad",
  title: "UPGrad",
  summary: "The average of the gradients, each made harmless to every task by projection.",
  cite: ["quinton2024"],
  config: projectionConfig,
  needs: "gradients",
  create: (config, tasks) =>
    projecting(config, tasks, (gram, p) => {
      const total = new Float64Array(gram.k);
      for (let i = 0; i < gram.k; i++) {
        const u = new Float64Array(gram.k);
        u[i] = p[i];
        projectOnDualCone(gram, u).forEach((v, j) => {
          total[j] += v;
        });
      }
      return total;
    }),
};

/** A weigher that projects in the regularized Gram matrix. */
export function projecting(
  { regularization, preference }: ProjectionConfig,
  tasks: WeighedTasks,
  weights: (gram: Gram, p: Float64Array) => Float64Array,
): Weigher {
  const share = preferenceOf(preference, tasks);
  return fromGram(tasks, {
    own: "one",
    weights(gram, at) {
      const p = pick(share, at);
      const sum = p.reduce((a, b) => a + b, 0);
      const values = gram.values.slice();
      let trace = 0;
      for (let i = 0; i < gram.k; i++) trace += values[i * gram.k + i];
      for (let i = 0; i < gram.k; i++) values[i * gram.k + i] += regularization * trace;
      return weights(
        { k: gram.k, values },
        p.map((v) => v / sum),
      );
    },
  });
}

/**
 * The v ≥ u with the least vᵀGv: Σ v_i g_i is the point nearest to Σ u_i g_i that has no negative inner
 * product with any g_i.
 */
export function projectOnDualCone(gram: Gram, u: Float64Array): Float64Array {
  return nonnegativeMinimum(gram, times(gram, u)).map((v, i) => v + u[i]);
}
