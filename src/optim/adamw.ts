import { z } from "zod";
import { adamRun } from "./adam-run.ts";
import type { Optimizer } from "./optimizer.ts";
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
  create: (options, state) => adamRun("adamw", options, state),
} satisfies Optimizer<typeof config>;
