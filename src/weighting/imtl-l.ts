import { z } from "zod";
import { keeping } from "./keep.ts";
import { learningRate, rateOf } from "./rate.ts";
import { ScalarAdam } from "./scalar-adam.ts";
import type { Weighting } from "./weighting.ts";

export const imtlConfig = z.strictObject({ learningRate });

/**
 * Each task has a scale s, learned by Adam steps on eˢL − s together with the network; its weight is eˢ,
 * which settles at 1/L: all scaled losses become equal.
 */
export const imtlL: Weighting<z.infer<typeof imtlConfig>> = {
  name: "imtlL",
  title: "IMTL-L",
  summary: "Learned scales that bring all losses to one size (impartial, losses).",
  cite: ["liu2021imtl"],
  config: imtlConfig,
  needs: "nothing",
  create(options, { names }) {
    const adam = new ScalarAdam(new Float64Array(names.length));
    return {
      weights: () => adam.values.map(Math.exp),
      observe: (facts) =>
        adam.step(scaleSlope(adam.values, facts.losses), rateOf(options.learningRate, facts)),
      ...keeping(adam.vectors()),
    };
  },
};

/** ∂/∂s of eˢL − s. */
export function scaleSlope(scales: Float64Array, losses: Float64Array): Float64Array {
  return losses.map((loss, i) => Math.exp(scales[i]) * loss - 1);
}
