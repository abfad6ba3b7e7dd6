import { BackendError } from "../core/errors.ts";
import type { RowStore } from "../data/rows.ts";
import type { Weigher } from "../weighting/weighting.ts";
import type { TrainingConfig } from "./config.ts";
import type { StepResult, TrainingEngine } from "./engine.ts";
import type { Network } from "./network.ts";
import type { Penalty, PenaltyConfig } from "./penalty.ts";
import type { Rates } from "./rates.ts";
import type { RowSampler } from "./sampling.ts";
import type { Position } from "./state.ts";
import type { Weighing } from "./weighing.ts";

/** What changes the weights in an epoch: gradient steps over batches, or an iteration of a solver. */
export interface Updates {
  readonly stepsPerEpoch: number;
  /** Does the rest of the epoch at the position; returns why no later one can help, where so. */
  epoch(): Promise<string | undefined>;
}

export interface UpdateParts {
  readonly network: Network;
  readonly config: TrainingConfig;
  readonly engine: TrainingEngine;
  readonly store: RowStore;
  readonly penalty: Penalty;
  readonly penaltyConfig: PenaltyConfig;
  readonly rates: Rates;
  readonly weigher: Weigher;
  readonly weighing: Weighing;
  readonly sampler: RowSampler;
  readonly seed: number;
  /** Rows of the batches of an epoch. */
  readonly sizes: readonly number[];
  readonly at: Position;
  /** Whether checkpoints are kept, for messages. */
  readonly keeps: boolean;
  /** Tells of a batch, and lets signals have their turn; it may save a checkpoint and throw. */
  afterBatch(loss: number): Promise<void>;
}

/** Adds a batch's losses to the sums of its epoch; `share` is what the batch counts in the joint loss. */
export function addLosses(
  at: Pick<Position, "lossSum" | "taskSums" | "taskCounts" | "lastLosses">,
  result: StepResult,
  share: number,
): void {
  at.lossSum += result.loss * share;
  result.losses.forEach((loss, i) => {
    if (result.counts[i] === 0) return;
    at.taskSums[i] += loss * result.counts[i];
    at.taskCounts[i] += result.counts[i];
    at.lastLosses[i] = loss;
  });
}

/** The error for a number that is not finite, naming the step. */
export function notFinite(
  { at, keeps }: Pick<UpdateParts, "at" | "keeps">,
  what: string,
  came: string | number,
  task?: string,
): BackendError {
  const kept = keeps && at.epoch > 0 ? "; the last finite checkpoint is kept" : "";
  return new BackendError(
    "NON_FINITE",
    `${what}; got ${came} at step ${at.step + 1} (epoch ${at.epoch + 1})`,
    {
      hint: `lower the learning rate, clip the gradient (training.clip), or look for extreme numbers in the data${kept}`,
      details: { task, step: at.step + 1, epoch: at.epoch + 1 },
    },
  );
}

/** @throws BackendError NON_FINITE naming the task whose loss is NaN or infinite. */
export function checkLoss(parts: UpdateParts, { loss, losses }: StepResult): void {
  const bad = losses.findIndex((l) => !Number.isFinite(l));
  if (bad < 0 && Number.isFinite(loss)) return;
  const task = bad < 0 ? undefined : parts.network.tasks[bad].name;
  const what = task === undefined ? "the joint loss" : `task ${task}`;
  throw notFinite(parts, `${what}: a finite loss`, bad < 0 ? loss : losses[bad], task);
}
