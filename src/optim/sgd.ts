import { z } from "zod";
import { activeRanges, type Optimizer } from "./optimizer.ts";
import { learningRate, weightDecay } from "./options.ts";

const config = z
  .strictObject({
    type: z.literal("sgd"),
    learningRate: learningRate(0.05),
    momentum: z
      .number()
      .min(0)
      .lt(1)
      .default(0.9)
      .describe("Share of the last update's direction kept; 0 keeps no memory"),
    nesterov: z
      .boolean()
      .default(false)
      .describe("Whether to look ahead along the momentum (Nesterov)"),
    weightDecay,
  })
  .refine((c) => !c.nesterov || c.momentum > 0, {
    path: ["nesterov"],
    error: "nesterov needs a momentum above 0",
  });

/**
 * Stochastic gradient descent with momentum: `d = g + λ·w`, `b ← μ·b + d`, `w ← w − η·b`, or
 * `w ← w − η·(d + μ·b)` with Nesterov's form. @cite sutskever2013
 */
export const sgd = {
  name: "sgd",
  summary: "Stochastic gradient descent, with momentum in the classical or Nesterov's form.",
  cite: ["sutskever2013"],
  config,
  fullBatch: false,
  moments: ({ momentum }) => (momentum > 0 ? 1 : 0),
  create({ momentum, nesterov, weightDecay }, state) {
    const ranges = activeRanges("sgd", state, momentum > 0 ? 1 : 0);
    const { kernels } = state;
    return {
      step(learningRate) {
        for (const { weights, gradients, moments, ...r } of ranges) {
          const rates = {
            learningRate: learningRate * r.learningRate,
            weightDecay: weightDecay * r.decay,
          };
          if (momentum === 0) kernels.sgd(rates, weights, gradients);
          else {
            kernels.sgdMomentum({ ...rates, momentum, nesterov }, weights, gradients, moments[0]);
          }
        }
      },
    };
  },
} satisfies Optimizer<typeof config>;
