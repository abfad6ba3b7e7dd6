import { z } from "zod";
import { checkFinite, matrixOf, pick, present, restrict, spread, times } from "./gram.ts";
import { keeping } from "./keep.ts";
import { preference, preferenceOf } from "./preference.ts";
import { projectToSimplex } from "./simplex.ts";
import type { Weighting } from "./weighting.ts";

const config = z.strictObject({
  lambda: z
    .number()
    .min(0)
    .default(0.3)
    .describe("Pull of the update towards the average gradient."),
  iterations: z.int().min(1).max(10_000).default(20).describe("Inner steps of the weights."),
  rate: z.number().positive().default(5).describe("Size of an inner step."),
  momentum: z.number().min(0).lt(1).default(0.5).describe("Momentum of the inner steps."),
  preference,
});

/**
 * A direction near the average gradient that conflicts with no task: weights w by inner steps on
 * ½‖Σ (w_k + λ·w̃_k) g_k‖² over the simplex, with gradients from two independent halves of the batch.
 * With a preference w̃, the average is the weighted one.
 */
export const sdmgrad: Weighting<z.infer<typeof config>> = {
  name: "sdmgrad",
  title: "SDMGrad",
  summary:
    "Direction-oriented: steps towards a common descent direction near the average gradient.",
  cite: ["xiao2023"],
  config,
  needs: "gradients",
  samples: 2,
  create(options, tasks) {
    const k = tasks.names.length;
    const aim = preferenceOf(options.preference, tasks);
    const w = new Float64Array(k).fill(1 / k);
    let own: Float64Array = new Float64Array(k);
    return {
      weights(facts) {
        const at = present(facts);
        own = spread(new Float64Array(at.length).fill(1), at, k);
        if (at.length === 0) return new Float64Array(k);
        const full = matrixOf(facts, "cross");
        checkFinite(full, at, tasks.names);
        const cross = restrict(full, at);
        let scale = 0;
        for (let i = 0; i < cross.k; i++) {
          scale += Math.sqrt(Math.max(0, cross.values[i * cross.k + i])) / cross.k;
        }
        const unit = { k: cross.k, values: cross.values.map((v) => v / (scale * scale + 1e-8)) };
        const share = pick(aim, at);
        const sum = share.reduce((a, b) => a + b, 0);
        const target = share.map((v) => v / sum);
        let inner = projectToSimplex(pick(w, at));
        let velocity: Float64Array = new Float64Array(at.length);
        for (let i = 0; i < options.iterations; i++) {
          const slope = times(
            unit,
            inner.map((v, j) => v + options.lambda * target[j]),
          );
          velocity = velocity.map((v, j) => options.momentum * v + slope[j]);
          inner = projectToSimplex(inner.map((v, j) => v - options.rate * velocity[j]));
        }
        at.forEach((i, a) => {
          w[i] = inner[a];
        });
        const mixed = inner.map((v, j) => (v + options.lambda * target[j]) / (1 + options.lambda));
        return spread(mixed, at, k);
      },
      own: () => own,
      ...keeping({ w }),
    };
  },
};
