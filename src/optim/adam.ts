import { z } from "zod";
import { activeRanges, type Optimizer } from "./optimizer.ts";
import { adamOptions, learningRate, weightDecay } from "./options.ts";

const config = z.strictObject({
  type: z.literal("adam"),
  learningRate: learningRate(0.001),
  ...adamOptions,
  weightDecay,
});

/**
 * Adam: `m` and `v` average the gradient and its square, `w ← w − η·m̂/(√v̂ + ε)` with both corrected for
 * their start at 0; weight decay is added to the gradient. @cite adam
 */
export const adam = {
  name: "adam",
  summary: "Adaptive step sizes from running means of the gradient and its square.",
  cite: ["adam"],
  config,
  fullBatch: false,
  moments: () => 2,
  create({ beta1, beta2, epsilon, weightDecay }, state) {
    const ranges = activeRanges("adam", state, 2);
    return {
      step(learningRate, t) {
        for (const { weights, gradients, moments, ...r } of ranges) {
          const rates = {
            learningRate: learningRate * r.learningRate,
            weightDecay: weightDecay * r.decay,
          };
          const constants = { beta1, beta2, epsilon, t: t - r.since };
          state.kernels.adam(
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
