import { z } from "zod";
import type { Kernels } from "./kernels.ts";

const start = z
  .number()
  .min(0)
  .lt(1)
  .default(0)
  .describe("Share of all steps before averaging starts");

/** Whether and how the weights used for prediction average those of the steps. */
export const averageConfig = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("none") }),
  z.strictObject({
    type: z.literal("exponential"),
    decay: z
      .number()
      .min(0)
      .lt(1)
      .default(0.999)
      .describe("Share of the running average kept at each step"),
    start,
  }),
  z.strictObject({
    type: z.literal("uniform"),
    start: start.default(0.75),
    every: z
      .number()
      .int()
      .min(1)
      .default(1)
      .describe("Steps from one set of weights averaged to the next"),
  }),
]);

export type AverageConfig = z.output<typeof averageConfig>;

/** A running average of weights. With its vector, `count` is all that a checkpoint needs. */
export interface WeightAverage {
  /** How many sets of weights have entered; 0 means that the vector is not valid yet. */
  readonly count: number;
  /** Looks at the weights after a step, counted from 0. */
  update(step: number, totalSteps: number): void;
}

/**
 * Averages weights over steps: exponentially (the beginning fades) or uniformly over its
 * end. @cite polyak1992 izmailov2018
 * @param average a vector of the weights' length, in the kernels' memory; not read while count is 0.
 * @param count as restored from a checkpoint.
 */
export function createAverage(
  config: Exclude<AverageConfig, { type: "none" }>,
  kernels: Kernels,
  weights: Float32Array,
  average: Float32Array,
  count = 0,
): WeightAverage {
  let entered = count;
  return {
    get count() {
      return entered;
    },
    update(step, totalSteps) {
      const first = Math.floor(config.start * totalSteps);
      if (step < first) return;
      if (config.type === "uniform" && (step - first) % config.every !== 0) return;
      if (entered === 0) average.set(weights);
      else {
        const rate = config.type === "uniform" ? 1 / (entered + 1) : 1 - config.decay;
        kernels.ema(average, weights, rate);
      }
      entered++;
    },
  };
}
