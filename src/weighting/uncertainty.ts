import { z } from "zod";
import { keeping } from "./keep.ts";
import { learningRate, rateOf } from "./rate.ts";
import { ScalarAdam } from "./scalar-adam.ts";
import type { Weighting } from "./weighting.ts";

const config = z.strictObject({ learningRate });

/**
 * Each task has a log-variance s, learned by Adam steps on L/(2eˢ) + s/2 together with the network; its
 * weight is 1/(2eˢ). A task settles where eˢ is its loss.
 */
export const uncertainty: Weighting<z.infer<typeof config>> = {
  name: "uncertainty",
  title: "Uncertainty weighting",
  summary: "Weights 1/(2σ²) with learned noise σ² of each task (UW).",
  cite: ["kendall2018"],
  config,
  needs: "nothing",
  create(options, { names }) {
    const adam = new ScalarAdam(new Float64Array(names.length).fill(-0.5));
    return {
      weights: () => adam.values.map((s) => 0.5 * Math.exp(-s)),
      observe(facts) {
        const slope = facts.losses.map((loss, i) => 0.5 - 0.5 * loss * Math.exp(-adam.values[i]));
        adam.step(slope, rateOf(options.learningRate, facts));
      },
      ...keeping(adam.vectors()),
    };
  },
};
