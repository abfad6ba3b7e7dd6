import { z } from "zod";
import { bargain } from "./bargain.ts";
import { dot, pick, presentGram, spread, squaredLength } from "./gram.ts";
import { keeping } from "./keep.ts";
import { preference, preferenceOf } from "./preference.ts";
import type { Weighting } from "./weighting.ts";

const config = z.strictObject({
  updateEvery: z
    .int()
    .min(1)
    .default(1)
    .describe("Steps between two bargains; the weights stay in between."),
  maxNorm: z
    .number()
    .min(0)
    .default(1)
    .describe("Longest update of the shared parameters; 0 for no limit."),
  preference,
});

/**
 * The update on which the tasks agree when they bargain over it by Nash's axioms: α > 0 with Gα = 1/α,
 * in units where ‖G‖ = 1. It does not change direction when a task's loss is multiplied. With a
 * preference p the bargain is the asymmetric one, Gα = p/α.
 */
export const nashMtl: Weighting<z.infer<typeof config>> = {
  name: "nashMtl",
  title: "Nash-MTL",
  summary: "The tasks bargain over the update; no task's scale matters.",
  cite: ["navon2022"],
  config,
  needs: "gradients",
  create({ updateEvery, maxNorm, preference }, tasks) {
    const k = tasks.names.length;
    const power = preferenceOf(preference, tasks, k);
    const alpha = new Float64Array(k).fill(1);
    const shared = new Float64Array(k).fill(1);
    return {
      wants: (step) => step % updateEvery === 0,
      weights(facts) {
        if (facts.step % updateEvery === 0 || facts.gram) {
          const { tasks: at, gram } = presentGram(facts, tasks.names);
          const size = Math.sqrt(dot(gram.values, gram.values));
          alpha.fill(0);
          if (size > 0) {
            const unit = { k: gram.k, values: gram.values.map((v) => v / size) };
            alpha.set(spread(bargain(unit, pick(power, at), 1), at, k));
          }
          const length = Math.sqrt(squaredLength(gram, pick(alpha, at)));
          const shrink = maxNorm > 0 && length > maxNorm ? maxNorm / length : 1;
          for (let i = 0; i < k; i++) shared[i] = alpha[i] * shrink;
        }
        return shared.slice();
      },
      own: () => alpha,
      ...keeping({ alpha, shared }),
    };
  },
};
