import { z } from "zod";
import { present } from "./gram.ts";
import { keeping } from "./keep.ts";
import { leastLoss, positiveLosses } from "./positive.ts";
import { ScalarAdam } from "./scalar-adam.ts";
import { softmax, throughSoftmax } from "./simplex.ts";
import type { Weighting } from "./weighting.ts";

const config = z.strictObject({
  rate: z.number().positive().max(10).default(0.025).describe("Step size of the task logits."),
  decay: z.number().min(0).max(1).default(1e-3).describe("Weight decay of the task logits."),
});

/**
 * Fast adaptive multi-task optimisation: weights z_i/(c·L_i), z = softmax of logits, c = Σ z_i/L_i, so that
 * Σ z_i log L_i falls; after each step the logits move by how much each log-loss of the same batch fell, so
 * that all fall alike. One backward pass and one more forward pass a step.
 */
export const famo: Weighting<z.infer<typeof config>> = {
  name: "famo",
  title: "FAMO",
  summary: "All log-losses fall at the same rate, for the price of one more forward pass.",
  cite: ["liu2023"],
  config,
  needs: "losses",
  again: true,
  create({ rate, decay }, { names }) {
    const k = names.length;
    const adam = new ScalarAdam(new Float64Array(k));
    const previous = new Float64Array(k).fill(Number.NaN);
    return {
      weights(facts) {
        const losses = positiveLosses(facts.losses, names, "famo");
        previous.set(losses);
        const z = softmax(adam.values);
        let c = 0;
        for (const i of present(facts)) c += z[i] / losses[i];
        return losses.map((loss, i) => (Number.isNaN(loss) ? 0 : z[i] / (c * loss)));
      },
      traced: {
        size: k,
        given: () => softmax(adam.values),
        weights(losses, present, given) {
          const share = given.mul(present).div(losses.maximum(leastLoss));
          return share.div(share.sum().maximum(1e-30));
        },
      },
      afterStep(losses) {
        const fall = losses.map(
          (loss, i) => Math.log(previous[i]) - Math.log(Math.max(loss, leastLoss)),
        );
        const known = fall.map((v) => (Number.isNaN(v) ? 0 : v));
        const slope = throughSoftmax(softmax(adam.values), known);
        adam.step(
          slope.map((v, i) => (Number.isNaN(fall[i]) ? Number.NaN : v)),
          rate,
          decay,
        );
      },
      ...keeping({ ...adam.vectors(), previous }),
    };
  },
};
