import { z } from "zod";
import { pick, present, spread } from "./gram.ts";
import { keeping } from "./keep.ts";
import { ScalarAdam } from "./scalar-adam.ts";
import { softmax, throughSoftmax } from "./simplex.ts";
import { countedTasks, validationOf } from "./validation.ts";
import type { Weighting } from "./weighting.ts";

const config = z.strictObject({
  outerRate: z.number().positive().max(10).default(1e-3).describe("Step size of the task logits."),
  primary: z
    .array(z.string())
    .min(1)
    .nullable()
    .default(null)
    .describe("Tasks whose validation losses count; null counts all."),
});

/**
 * Weights z = softmax of logits that go down the validation loss after one inner step. As
 * θ′ = θ − η Σ z_j ∇L_j(θ) is linear in z, ∂/∂z_j of Σ_i L_i^val(θ′) is −η ⟨Σ_i ∇L_i^val(θ′), ∇L_j(θ)⟩, without
 * a finite difference.
 */
export const autoLambda: Weighting<z.infer<typeof config>> = {
  name: "autoLambda",
  title: "Auto-Lambda",
  summary: "Weights go down the validation loss that one step with them would leave.",
  cite: ["liu2022"],
  config,
  needs: "validationGradients",
  create({ outerRate, primary }, { names }) {
    const k = names.length;
    const counts = countedTasks(primary, names);
    const adam = new ScalarAdam(new Float64Array(k).fill(1 / k));
    return {
      inner: () => ({ steps: 1, weights: softmax(adam.values), at: "after" }),
      weights(facts) {
        const tasks = present(facts);
        const { cross, innerRate, losses } = validationOf(facts);
        const slope = new Float64Array(k);
        for (let i = 0; i < k; i++) {
          if (!counts[i] || Number.isNaN(losses[i])) continue;
          for (const j of tasks) slope[j] -= innerRate * cross[i * k + j];
        }
        adam.step(throughSoftmax(softmax(adam.values), slope), outerRate);
        return spread(pick(softmax(adam.values), tasks), tasks, k);
      },
      ...keeping(adam.vectors()),
    };
  },
};
