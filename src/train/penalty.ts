import { z } from "zod";
import type { Kernels } from "../optim/kernels.ts";
import type { ParameterGroup } from "../optim/optimizer.ts";

/** R(θ) of networks: an elastic net on weights (not on biases and norms). */
export const penaltyConfig = z
  .strictObject({
    l1: z
      .number()
      .min(0)
      .default(0)
      .describe("Weight of Σ|θ|; applied as a proximal step, so that weights become exactly 0."),
    l2: z
      .number()
      .min(0)
      .default(0)
      .describe(
        "Weight of ½Σθ²; added to the gradient (for decoupled decay use the optimizer's weightDecay).",
      ),
  })
  .default({ l1: 0, l2: 0 })
  .describe("The penalty R(θ) on the weights.");

export type PenaltyConfig = z.infer<typeof penaltyConfig>;

/** Applies the elastic net to the penalised ranges of a flat parameter vector. */
export class Penalty {
  private readonly ranges: { readonly weights: Float32Array; readonly gradients: Float32Array }[];
  private readonly config: PenaltyConfig;
  private readonly kernels: Kernels;

  constructor(
    config: PenaltyConfig,
    kernels: Kernels,
    weights: Float32Array,
    gradients: Float32Array,
    groups: readonly ParameterGroup[],
  ) {
    this.config = config;
    this.kernels = kernels;
    this.ranges = groups
      .filter((g) => g.weightDecay !== false)
      .map((g) => ({
        weights: weights.subarray(g.start, g.end),
        gradients: gradients.subarray(g.start, g.end),
      }));
  }

  /** Adds the gradient of the smooth part. */
  addGradient(): void {
    if (this.config.l2 === 0) return;
    for (const { weights, gradients } of this.ranges)
      this.kernels.axpy(this.config.l2, weights, gradients);
  }

  /** The proximal step of the L1 part, after an update at a learning rate. */
  shrink(learningRate: number): void {
    if (this.config.l1 === 0) return;
    for (const { weights } of this.ranges)
      this.kernels.softThreshold(weights, learningRate * this.config.l1);
  }

  /** R(θ). */
  value(): number {
    const { l1, l2 } = this.config;
    if (l1 === 0 && l2 === 0) return 0;
    let total = 0;
    for (const { weights } of this.ranges) {
      if (l2 > 0) total += 0.5 * l2 * this.kernels.squaredNorm(weights);
      if (l1 > 0) for (let i = 0; i < weights.length; i++) total += l1 * Math.abs(weights[i]);
    }
    return total;
  }
}
