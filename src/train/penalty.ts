import { z } from "zod";
import type { Kernels } from "../optim/kernels.ts";
import type { ParameterGroup } from "../optim/optimizer.ts";
import type { ParameterSlot } from "./parameters.ts";

/** R(θ) of networks: an elastic net on weights (not on biases and norms). */
export const penaltyShape = {
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
};

export interface PenaltyConfig {
  readonly l1: number;
  readonly l2: number;
}

/** A further penalty on parameters `[width, size]`, as one matrix with their columns side by side. */
export interface MatrixPenalty {
  readonly parameters: readonly ParameterSlot[];
  value(matrix: Float64Array): number;
  /** Replaces the matrix by `argmin_U step·R(U) + ½‖U − matrix‖²`. */
  prox(matrix: Float64Array, step: number): void;
}

/** Applies the elastic net to the penalised ranges of a flat parameter vector. */
export class Penalty {
  private readonly ranges: { readonly weights: Float32Array; readonly gradients: Float32Array }[];
  private readonly config: PenaltyConfig;
  private readonly kernels: Kernels;
  private readonly all: Float32Array;
  private readonly matrices: readonly MatrixPenalty[];

  constructor(
    config: PenaltyConfig,
    kernels: Kernels,
    weights: Float32Array,
    gradients: Float32Array,
    groups: readonly ParameterGroup[],
    matrices: readonly MatrixPenalty[] = [],
  ) {
    this.all = weights;
    this.matrices = matrices;
    this.config = config;
    this.kernels = kernels;
    this.ranges = groups
      .filter((g) => g.weightDecay !== false)
      .map((g) => ({
        weights: weights.subarray(g.start, g.end),
        gradients: gradients.subarray(g.start, g.end),
      }));
  }

  /** Whether nothing but the L1 part acts by a proximal map. */
  get smooth(): boolean {
    return this.matrices.length === 0;
  }

  /** Adds the gradient of the smooth part. */
  addGradient(): void {
    if (this.config.l2 === 0) return;
    for (const { weights, gradients } of this.ranges)
      this.kernels.axpy(this.config.l2, weights, gradients);
  }

  /** The proximal steps of the L1 part and of matrices, after an update at a learning rate. */
  shrink(learningRate: number): void {
    for (const penalty of this.matrices) {
      const matrix = this.collect(penalty);
      penalty.prox(matrix, learningRate);
      this.spread(penalty, matrix);
    }
    if (this.config.l1 === 0) return;
    for (const { weights } of this.ranges)
      this.kernels.softThreshold(weights, learningRate * this.config.l1);
  }

  /** R(θ). */
  value(): number {
    const { l1, l2 } = this.config;
    let total = 0;
    for (const penalty of this.matrices) total += penalty.value(this.collect(penalty));
    if (l1 === 0 && l2 === 0) return total;
    for (const { weights } of this.ranges) {
      if (l2 > 0) total += 0.5 * l2 * this.kernels.squaredNorm(weights);
      if (l1 > 0) for (let i = 0; i < weights.length; i++) total += l1 * Math.abs(weights[i]);
    }
    return total;
  }

  private collect({ parameters }: MatrixPenalty): Float64Array {
    const columns = parameters.reduce((sum, p) => sum + p.shape[1], 0);
    const matrix = new Float64Array(parameters[0].shape[0] * columns);
    this.visit(parameters, columns, (at, from) => {
      matrix[at] = this.all[from];
    });
    return matrix;
  }

  private spread({ parameters }: MatrixPenalty, matrix: Float64Array): void {
    const columns = parameters.reduce((sum, p) => sum + p.shape[1], 0);
    this.visit(parameters, columns, (at, to) => {
      this.all[to] = matrix[at];
    });
  }

  private visit(
    parameters: readonly ParameterSlot[],
    columns: number,
    each: (inMatrix: number, inWeights: number) => void,
  ): void {
    let first = 0;
    for (const { start, shape } of parameters) {
      const [rows, size] = shape;
      for (let row = 0; row < rows; row++)
        for (let k = 0; k < size; k++) each(row * columns + first + k, start + row * size + k);
      first += size;
    }
  }
}
