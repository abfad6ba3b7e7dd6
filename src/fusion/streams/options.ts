/** Options that ways of sharing between inputs have in common. */
import { z } from "zod";
import { activations } from "../../nn/activations.ts";

export const layerSizes = z
  .array(z.int().min(1).max(65_536))
  .min(1)
  .max(16)
  .default([128])
  .describe("Widths of the layers.");

export const streamActivation = z
  .enum(Object.keys(activations) as [keyof typeof activations, ...(keyof typeof activations)[]])
  .default("relu")
  .describe("What follows each affine map.");
