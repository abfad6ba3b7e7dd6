import { z } from "zod";
import type { Kernels } from "./kernels.ts";

/** Whether and how gradients are bounded before a step. */
export const clipConfig = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("none") }),
  z.strictObject({
    type: z.literal("norm"),
    maximum: z
      .number()
      .positive()
      .default(1)
      .describe("Largest Euclidean norm of the whole gradient; a longer one is scaled down"),
  }),
  z.strictObject({
    type: z.literal("value"),
    maximum: z
      .number()
      .positive()
      .default(1)
      .describe("Largest absolute value of a component; larger ones are cut"),
  }),
]);

export type ClipConfig = z.output<typeof clipConfig>;

/** Bounds a gradient in place and returns its Euclidean norm before. */
export function clip(config: ClipConfig, kernels: Kernels, gradients: Float32Array): number {
  switch (config.type) {
    case "none":
      return Math.sqrt(kernels.squaredNorm(gradients));
    case "norm":
      return clipByNorm(kernels, gradients, config.maximum);
    case "value": {
      const norm = Math.sqrt(kernels.squaredNorm(gradients));
      kernels.clamp(gradients, config.maximum);
      return norm;
    }
  }
}

/**
 * Scales a gradient in place so that its Euclidean norm is at most `maximum`; returns the norm
 * before. A norm that is not finite is returned and nothing is scaled. @cite pascanu2013
 */
export function clipByNorm(kernels: Kernels, gradients: Float32Array, maximum: number): number {
  const norm = Math.sqrt(kernels.squaredNorm(gradients));
  if (norm > maximum && Number.isFinite(norm)) kernels.scale(gradients, maximum / norm);
  return norm;
}
