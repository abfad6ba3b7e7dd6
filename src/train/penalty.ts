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
  private ranges: readonly {
    readonly weights: Float32Array;
    readonly gradients: Float32Array;
    /** Of the learning rate; 0 where the range is frozen. */
    readonly factor: number;
  }[] = [];
  private readonly config: PenaltyConfig;
  private readonly kernels: Kernels;
  private readonly all: Float32Array;
  private readonly gradients: Float32Array;
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
    this.gradients = gradients;
    this.regroup(groups);
  }

  /** Takes other groups of the parameters, with other learning rates. */
  regroup(groups: readonly ParameterGroup[]): void {
    this.ranges = groups
      .filter((g) => g.weightDecay !== false)
      .map((g) => ({
        weights: this.all.subarray(g.start, g.end),
        gradients: this.gradients.subarray(g.start, g.end),
        factor: g.frozen ? 0 : (g.learningRate ?? 1),
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

  /** Parameters that one proximal map changes together. */
  get tied(): readonly (readonly ParameterSlot[])[] {
    return this.matrices.map((m) => m.parameters);
  }

  /**
   * The proximal steps of the L1 part and of matrices, after an update at a learning rate.
   * @param factorOf what the parameters of a matrix multiply the rate with.
   */
  shrink(
    learningRate: number,
    factorOf: (parameters: readonly ParameterSlot[]) => number = () => 1,
  ): void {
    for (const penalty of this.matrices) {
      const matrix = this.collect(penalty);
      penalty.prox(matrix, learningRate * factorOf(penalty.parameters));
      this.spread(penalty, matrix);
    }
    if (this.config.l1 === 0) return;
    for (const { weights, factor } of this.ranges)
      if (factor > 0) this.kernels.softThreshold(weights, learningRate * factor * this.config.l1);
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
