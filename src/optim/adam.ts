import { z } from "zod";
import { adamRun } from "./adam-run.ts";
import type { Optimizer } from "./optimizer.ts";
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
  create: (options, state) => adamRun("adam", options, state),
} satisfies Optimizer<typeof config>;
