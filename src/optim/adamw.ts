import { z } from "zod";
import { activeRanges, type Optimizer } from "./optimizer.ts";
import { adamOptions, learningRate, weightDecay } from "./options.ts";

const config = z.strictObject({
  type: z.literal("adamw"),
  learningRate: learningRate(0.001),
  ...adamOptions,
  weightDecay: weightDecay.default(0.01),
});

/**
 * AdamW: Adam whose weight decay acts on the weights directly, `w ← (1 − η·λ)·w`, and does not pass
 * through the moments. @cite adamw
 */
export const adamw = {
  name: "adamw",
  summary: "Adam with weight decay decoupled from the gradient.",
  cite: ["adamw"],
  config,
  fullBatch: false,
  moments: () => 2,
  create({ beta1, beta2, epsilon, weightDecay }, state) {
    const ranges = activeRanges("adamw", state, 2);
    return {
      step(learningRate, t) {
        for (const { weights, gradients, moments, ...r } of ranges) {
          const rates = {
            learningRate: learningRate * r.learningRate,
            weightDecay: weightDecay * r.decay,
          };
          const constants = { beta1, beta2, epsilon, t: t - r.since };
          state.kernels.adamw(
            { ...rates, ...constants },
            weights,
            gradients,
            moments[0],
            moments[1],
          );
        }
      },
    };
  },
} satisfies Optimizer<typeof config>;
