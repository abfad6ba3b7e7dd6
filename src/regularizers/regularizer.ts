/**
 * The contract of a regulariser R(W) of one weight matrix: features down, outputs of all tasks across.
 *
 * Every config has a `weight`, the factor of the whole penalty. Unless a row says otherwise each output
 * column counts as a task of its own, so a task of three classes counts as three. Rows that compare
 * tasks column by column (`sameSize`) compare tasks with equally many outputs only.
 */
import type { z } from "zod";
import type { Tensor } from "../compiler/graph.ts";

/** The columns of one task. */
export interface TaskColumns {
  readonly name: string;
  readonly start: number;
  readonly size: number;
}

/** What the rows and columns of a weight matrix are. */
export interface WeightLayout {
  readonly features: number;
  readonly outputs: number;
  readonly tasks: readonly TaskColumns[];
}

interface Described<Config> {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly cite?: readonly string[];
  readonly config: z.ZodType<Config>;
  /** Whether R is convex, so that solvers find the one minimum. */
  readonly convex: boolean;
}

/** A penalty with a gradient everywhere, as a function of tensors. */
export interface SmoothRegularizer<Config = unknown> extends Described<Config> {
  readonly form: "smooth";
  /**
   * The penalty of `weights [features, outputs]`, a scalar.
   * @throws ConfigError CONFIG_INVALID for options that do not fit the tasks.
   */
  penalty(weights: Tensor, config: Config, layout: WeightLayout): Tensor;
}

/** A penalty known by its value and its proximal map. */
export interface ProximalPenalty<Config = unknown> {
  value(weights: Float64Array, config: Config, layout: WeightLayout): number;
  /**
   * Replaces the weights by `argmin_U step·R(U) + ½‖U − W‖²`.
   * @throws ConfigError CONFIG_INVALID for options that do not fit the tasks.
   */
  prox(weights: Float64Array, step: number, config: Config, layout: WeightLayout): void;
}

/** A penalty that need not be smooth. */
export interface ProximalRegularizer<Config = unknown>
  extends Described<Config>,
    ProximalPenalty<Config> {
  readonly form: "proximal";
}

/** A penalty of a decomposition: the least sum of the parts' penalties over all W = Σ parts. */
export interface SumRegularizer<Config = unknown> extends Described<Config> {
  readonly form: "sum";
  readonly parts: readonly {
    readonly name: string;
    readonly summary: string;
    readonly penalty: ProximalPenalty<Config>;
  }[];
}

export type Regularizer<Config = unknown> =
  | SmoothRegularizer<Config>
  | ProximalRegularizer<Config>
  | SumRegularizer<Config>;
