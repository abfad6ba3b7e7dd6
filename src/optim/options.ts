import { z } from "zod";

/** The base learning rate, which the schedule multiplies. */
export function learningRate(value: number) {
  return z
    .number()
    .positive()
    .max(1000)
    .default(value)
    .describe("Step size before the schedule's factor");
}

/** Weight decay, in whichever way the optimizer applies it. */
export const weightDecay = z
  .number()
  .min(0)
  .max(1000)
  .default(0)
  .describe("Strength of the pull of weights towards 0; biases and norms are exempt");

/** The three constants that Adam and AdamW share. */
export const adamOptions = {
  beta1: z.number().min(0).lt(1).default(0.9).describe("Decay of the running mean of the gradient"),
  beta2: z
    .number()
    .min(0)
    .lt(1)
    .default(0.999)
    .describe("Decay of the running mean of the squared gradient"),
  epsilon: z
    .number()
    .positive()
    .max(1)
    .default(1e-8)
    .describe("Added to the root of the second moment, against division by 0"),
};
