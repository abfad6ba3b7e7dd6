/** The contract of a regulariser R(θ). */
import type { z } from "zod";
import type { Tensor } from "../compiler/graph.ts";

export interface Regularizer<Config = unknown> {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly cite?: readonly string[];
  readonly config: z.ZodType<Config>;
  /** Whether the penalty has a gradient everywhere; otherwise `prox` is used by proximal solvers. */
  readonly smooth: boolean;
  /** The penalty of some weights, a scalar. */
  penalty(weights: readonly Tensor[], config: Config): Tensor;
  /** The proximal map of `step`·R, in place, over a weight matrix `[features, outputs]`. */
  prox?(
    weights: Float64Array,
    shape: readonly [number, number],
    step: number,
    config: Config,
  ): void;
}
