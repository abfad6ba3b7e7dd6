/**
 * The contract of a fusion: how several inputs become one, either their features before the shared
 * layers, or the decisions of a network for each input. `fusions.ts` is the literal table.
 *
 * A missing input reaches a fusion as a learned vector with `present` 0. Where a row's summary says that
 * absent inputs are left out, they have no say at all; elsewhere their learned vector stands for them. In
 * a row without any input all of them count, by their learned vectors (`counts`).
 */
import type { z } from "zod";
import type { Tensor } from "../compiler/graph.ts";
import type { Builder } from "../nn/builder.ts";
import type { Sequence } from "../nn/sequence.ts";

/** The encoded features of one input (or of the table block). */
export interface Part {
  readonly name: string;
  /** `[B, D]`, missing rows already replaced by a learned vector. */
  readonly features: Tensor;
  /** `[B, 1]`: 1 where the input is there. */
  readonly present: Tensor;
  /**
   * The vectors that the features were made from, where the input is one that has them; a row without the
   * input has mask 0 everywhere.
   */
  readonly sequence?: Sequence;
}

/** What a task's network for one part alone says. */
export interface Decision {
  /** The name of the part. */
  readonly name: string;
  /** The raw outputs, `[B, size]`. */
  readonly raw: Tensor;
  /** `[B, 1]`: 1 where the part is there. */
  readonly present: Tensor;
}

/** What a fusion of decisions may know of a task. */
export interface DecidedTask {
  readonly name: string;
  /** How raw outputs become probabilities: each by itself, or all together; undefined for numbers. */
  readonly posterior: "sigmoid" | "softmax" | undefined;
  /** The raw output that predicts the mean or the prior for every row. */
  readonly prior: Float64Array;
}

interface Described<Config> {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly cite?: readonly string[];
  readonly config: z.ZodType<Config>;
  /**
   * Checks options against the names of the parts.
   * @throws ConfigError CONFIG_INVALID whose message starts with the option's path.
   */
  check?(parts: readonly string[], config: Config): void;
}

/** Joins features, before the layers that tasks share. */
export interface FeatureFusion<Config = unknown> extends Described<Config> {
  readonly form: "features";
  /**
   * Traces the fusion: parts, of any widths, to `[B, D]`.
   * @throws ConfigError CONFIG_INVALID for options that do not fit the parts' widths.
   */
  build(builder: Builder, parts: readonly Part[], config: Config): Tensor;
}

/** Joins decisions: each part has shared layers and heads of its own. */
export interface DecisionFusion<Config = unknown> extends Described<Config> {
  readonly form: "decisions";
  /** Traces the raw outputs `[B, size]` of a task from those of all parts. */
  combine(
    builder: Builder,
    decisions: readonly Decision[],
    task: DecidedTask,
    config: Config,
  ): Tensor;
}

export type Fusion<Config = unknown> = FeatureFusion<Config> | DecisionFusion<Config>;
