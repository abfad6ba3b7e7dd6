/**
 * The contract of a learner family. A family's `fit` gives a `Fitted`, and only that predicts and
 * exports; preprocessing and labels are the model's business, so a family sees numbers alone.
 */
import type { z } from "zod";
import type { OnnxBuilder } from "../compiler/onnx/builder.ts";
import type { RowStore } from "../data/rows.ts";
import type { ViewName, Views } from "../modalities/views.ts";
import type { TrainingConfig } from "../train/config.ts";
import type { EpochRecord, TrainEvent } from "../train/events.ts";
import type { EpochView } from "../train/loop.ts";
import type { Network } from "../train/network.ts";
import type { WarmStart } from "../train/parameters.ts";
import type { Problem, ProblemInput } from "../train/problem.ts";
import type { RateRules } from "../train/rates.ts";
import type { Diagram } from "./diagram.ts";
import type { NamedWeights } from "./named-weights.ts";
import type { NamedTask } from "./per-task.ts";

export interface FitOptions {
  readonly training: TrainingConfig;
  readonly threads?: number;
  /** Folder for checkpoints; none are written without it. */
  readonly checkpoints?: string;
  /** Identifies the run (configuration, data, versions): a checkpoint of another run is refused. */
  readonly runKey?: string;
  readonly resume?: boolean;
  /** Epochs after which it stops for now, for families that can `resume`: a later fit goes on from its checkpoint. */
  readonly stopAfter?: number;
  /** Values that parameters of the same name start from, for families that can `transfer`. */
  readonly warmStart?: WarmStart;
  /** Rates of what the warm start gave values to, besides those of the configuration. */
  readonly carriedRates?: RateRules;
  /** How strongly what the warm start gave values to is drawn back to them, for families with `weights`. */
  readonly pull?: "auto" | number;
  readonly signal?: AbortSignal;
  /** Looks at the weights after each epoch, for families with a `network`. */
  onEpochEnd?(view: EpochView): Promise<void> | void;
  onEvent?(event: TrainEvent): void;
}

export interface Fitted {
  readonly family: string;
  /** Raw outputs of some rows of a store, `[rows.length, outputSize]` a task. */
  predict(store: RowStore, rows: Int32Array): Promise<Record<string, Float32Array>>;
  /**
   * Emits the fitted function: ONNX values of the store's input entries (`<input>.<feed>` as
   * `[rows, ...shape]`, `<input>.present` as `[rows, 1]`) to raw outputs `[rows, outputSize]` a task.
   */
  emit(onnx: OnnxBuilder, values: Readonly<Record<string, string>>): Record<string, string>;
  /** Number of fitted numbers. */
  readonly parameters: number;
  /** The course of training, for families that train in epochs. */
  readonly history?: readonly EpochRecord[];
  /** What another fit may start from, for families that can `transfer`. */
  warmStart?(): WarmStart;
  /** Facts for the report. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** What it is made of, for pictures. */
  readonly diagram?: Diagram;
  dispose(): void;
}

export interface Capabilities {
  /** Whether it reads the encoders' feeds or fixed features. */
  readonly view: ViewName;
  readonly tasks: readonly string[] | "all";
  /** Whether it also learns tasks that compare inputs with each other; not where it is left out. */
  readonly objectives?: boolean;
  readonly modalities: readonly string[] | "all";
  /** Whether rows may stay on disk while it fits. */
  readonly streaming: boolean;
  readonly resume: boolean;
  /**
   * Whether it waits for rows that it needs while others arrive (`RowStore.arrival`); where it is left out it is
   * given rows that are all there.
   */
  readonly arriving?: boolean;
  /** Whether a fit may start from the weights of another, or why it may not. */
  readonly transfer: true | string;
}

export interface Family<Config = unknown> {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly cite?: readonly string[];
  readonly config: z.ZodType<Config>;
  readonly can: Capabilities;
  /** The function that is trained, for families that train one by gradients. */
  network?(problem: Pick<Problem, "inputs" | "tasks">, config: Config): Network;
  /**
   * The parameters of a family whose weights are features by outputs, which another table's are found again in by
   * name; a family that may `transfer` has these or a `network`.
   */
  weights?(problem: Pick<Problem, "inputs" | "tasks">, config: Config): readonly NamedWeights[];
  /** A small space that comparisons tune over where none is given: paths of options, and ranges as in `tune.space`. */
  readonly search?: Readonly<Record<string, string>>;
  /** Which view of each input it reads, where that depends on the options; `can.view` where it is left out. */
  views?(config: Config, inputs: readonly Pick<ProblemInput, "name" | "modality">[]): Views;
  /** The options for learning some of the tasks only; all options as they are where it is left out. */
  forTasks?(config: Config, tasks: readonly (NamedTask & { readonly kind: string })[]): Config;
  /** The options with what a fit would choose by cross-validation chosen, so that fits of parts of the rows need not. */
  settle?(problem: Problem, config: Config, options: FitOptions): Promise<Config>;
  fit(problem: Problem, config: Config, options: FitOptions): Promise<Fitted>;
}

/** The views of inputs that a family reads. */
export function viewsFor<Config>(
  family: Family<Config>,
  config: Config,
  inputs: readonly Pick<ProblemInput, "name" | "modality">[],
): Views {
  return family.views?.(config, inputs) ?? family.can.view;
}
