import { z } from "zod";
import { activeRanges, type Optimizer } from "./optimizer.ts";
import { learningRate, weightDecay } from "./options.ts";

const config = z.strictObject({
  type: z.literal("gd"),
  learningRate: learningRate(0.1),
  weightDecay,
});

/** Gradient descent on the gradient of all rows: `w ← w − η·(g + λ·w)`. @cite nocedal2006 */
export const gd = {
  name: "gd",
  summary: "Gradient descent: one step an epoch, along the gradient of all training rows.",
  cite: ["nocedal2006"],
  config,
  fullBatch: true,
  moments: () => 0,
  create({ weightDecay }, state) {
    const ranges = activeRanges("gd", state, 0);
    return {
      step(learningRate) {
        for (const r of ranges) {
          state.kernels.sgd(
            { learningRate: learningRate * r.learningRate, weightDecay: weightDecay * r.decay },
            r.weights,
            r.gradients,
          );
        }
      },
    };
  },
} satisfies Optimizer<typeof config>;
