import type { z } from "zod";
import { ConfigError, ShapeError } from "../core/errors.ts";
import type { ReferenceKey } from "../core/references.ts";
import type { Kernels } from "./kernels.ts";

/** A range of the flat parameter vector with rules of its own. */
export interface ParameterGroup {
  /** First float of the range. */
  readonly start: number;
  /** First float after the range. */
  readonly end: number;
  /** Multiplies the learning rate; 1 by default. */
  readonly learningRate?: number;
  /** Whether weight decay applies; true by default. Biases and norms usually say false. */
  readonly weightDecay?: boolean;
  /** Whether the range is left as it is; false by default. */
  readonly frozen?: boolean;
  /** Steps done before the range began to move, 0 by default: corrections of moments count from there. */
  readonly since?: number;
}

/** What an optimizer works on: views of one memory, all of one length. */
export interface OptimizerState {
  readonly kernels: Kernels;
  readonly weights: Float32Array;
  readonly gradients: Float32Array;
  /** As many as `moments(config)` says, zeroed at the start of training. */
  readonly moments: readonly Float32Array[];
  /** Ranges in order, not overlapping; what none covers is left as it is. One for all by default. */
  readonly groups?: readonly ParameterGroup[];
}

/** An optimizer at work. Its moments and the number of steps are all that a checkpoint needs. */
export interface OptimizerRun {
  /**
   * Updates the weights by the gradients.
   * @param learningRate the rate of this step, its schedule applied.
   * @param t the number of this step, counted from 1.
   */
  step(learningRate: number, t: number): void;
}

/** A row of the table of optimizers. */
export interface Optimizer<S extends z.ZodType = z.ZodType> {
  readonly name: string;
  readonly summary: string;
  readonly cite: readonly ReferenceKey[];
  /** Options, with `type` equal to the name, and `learningRate`. */
  readonly config: S;
  /** Whether a step should see the gradient of all rows rather than of a batch. */
  readonly fullBatch: boolean;
  /** How many vectors of the weights' length it keeps. */
  moments(config: z.output<S>): number;
  create(config: z.output<S>, state: OptimizerState): OptimizerRun;
}

/** A trainable range: views of its weights, gradients and moments, and its rules resolved. */
export interface ActiveRange {
  readonly weights: Float32Array;
  readonly gradients: Float32Array;
  readonly moments: readonly Float32Array[];
  readonly learningRate: number;
  /** 1 where weight decay applies, else 0. */
  readonly decay: 0 | 1;
  /** Steps done before it began to move. */
  readonly since: number;
}

/**
 * Cuts the state into its ranges that are not frozen.
 * @throws ShapeError SHAPE_MISMATCH for vectors of different lengths or a wrong number of moments.
 * @throws ConfigError CONFIG_INVALID for groups out of order, overlapping or out of range.
 */
export function activeRanges(where: string, state: OptimizerState, moments: number): ActiveRange[] {
  const { weights, gradients, groups = [{ start: 0, end: weights.length }] } = state;
  const vectors = [weights, gradients, ...state.moments];
  const lengths = vectors.map((v) => v.length);
  if (state.moments.length !== moments || lengths.some((n) => n !== weights.length)) {
    throw new ShapeError(
      "SHAPE_MISMATCH",
      `${where}: weights, gradients and ${moments} moments of one length; got lengths ${lengths.join(", ")}`,
    );
  }
  checkGroups(where, groups, weights.length);
  return groups
    .filter((g) => !g.frozen && g.end > g.start)
    .map(({ start, end, learningRate = 1, weightDecay = true, since = 0 }) => ({
      weights: weights.subarray(start, end),
      gradients: gradients.subarray(start, end),
      moments: state.moments.map((m) => m.subarray(start, end)),
      learningRate,
      decay: weightDecay ? 1 : 0,
      since,
    }));
}

function checkGroups(where: string, groups: readonly ParameterGroup[], length: number): void {
  let last = 0;
  for (const [i, { start, end, learningRate = 1 }] of groups.entries()) {
    const whole = Number.isInteger(start) && Number.isInteger(end);
    if (!whole || start < last || end < start || end > length) {
      throw new ConfigError(
        "CONFIG_INVALID",
        `${where}: groups in order inside 0 to ${length}; got ${start} to ${end} as group ${i}, after ${last}`,
      );
    }
    if (!(learningRate >= 0 && Number.isFinite(learningRate))) {
      throw new ConfigError(
        "CONFIG_INVALID",
        `${where}: a learning-rate multiplier of at least 0 for group ${i}; got ${learningRate}`,
      );
    }
    last = end;
  }
}
