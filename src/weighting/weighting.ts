/** The contract of a weighting: what each task counts in the joint loss Σ λ_i L_i. */
import type { z } from "zod";

/** What a weighting may look at before a step's update. */
export interface StepFacts {
  readonly epoch: number;
  readonly step: number;
  /** Mean loss of each task on this batch; NaN where it has no labelled row. */
  readonly losses: Float64Array;
  /** Gram matrix `[K, K]` of the tasks' gradients of shared parameters, for `needs: "gradients"`. */
  readonly gram?: Float64Array;
}

export interface Weigher {
  /** The weights λ for this step, one a task. */
  weights(facts: StepFacts): Float64Array;
  /** What a checkpoint must keep, JSON-safe. */
  state(): unknown;
  restore(state: unknown): void;
}

export interface Weighting<Config = unknown> {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly cite?: readonly string[];
  readonly config: z.ZodType<Config>;
  /** What it looks at: nothing but λ, the losses, or the tasks' gradients. */
  readonly needs: "nothing" | "losses" | "gradients";
  /** `lambda` are the tasks' own weights from the configuration, in (0, 1). */
  create(
    config: Config,
    tasks: {
      readonly names: readonly string[];
      readonly lambda: Float64Array;
      readonly seed: number;
    },
  ): Weigher;
}
