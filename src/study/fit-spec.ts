import { createHash } from "node:crypto";
import type { ExperimentConfig } from "../config/experiment.ts";
import type { FoldPlace } from "./fold-rows.ts";

/** One fit of a study: some tasks on the training rows of one fold. */
export interface FitSpec extends FoldPlace {
  readonly tasks: readonly string[];
  /** Tasks that are learned first, whose shared weights the fit starts from. */
  readonly pretrain?: readonly string[];
  /** The tasks' λ, where they are not those of the configuration. */
  readonly weights?: Readonly<Record<string, number>>;
  /** Epochs after which it stops for now; its checkpoint is kept, and a later fit goes on from there. */
  readonly stopAfter?: number;
  /** Whether validation rows are scored too, which choose among options. */
  readonly validate?: boolean;
  /** Whether the tasks' gradients are looked at while it trains. */
  readonly diagnose?: boolean;
}

/** Held-out predictions of other fits, averaged or mixed; nothing is trained. */
export interface BlendSpec extends FoldPlace {
  readonly tasks: readonly string[];
  /** Keys of the fits, the tasks' own each. */
  readonly blend: Readonly<Record<string, readonly string[]>>;
  /** The same fits in other folds, a task and fold: two each, whose parts are chosen there. */
  readonly stack?: Readonly<Record<string, readonly (readonly string[])[]>>;
}

export type WorkSpec = FitSpec | BlendSpec;

/** How well one task did on the held-out rows of a fold. */
export interface TaskScore {
  /** Labelled held-out rows. */
  readonly rows: number;
  /** NaN becomes null in JSON: a metric without value there. */
  readonly metrics: Readonly<Record<string, number | null>>;
}

/** What gradients of the shared parameters said at one epoch. */
export interface GradientLook {
  readonly epoch: number;
  /** `[K][K]` mean cosine between tasks' gradients; null where never both had labels. */
  readonly cosine: readonly (readonly (number | null)[])[];
  /** `[K][K]` share of batches in which they pointed against each other. */
  readonly conflicts: readonly (readonly (number | null)[])[];
  /** `[from][to]` relative decrease of a task's loss after a step along another's gradient. */
  readonly affinity: readonly (readonly (number | null)[])[];
}

/** What a fit leaves; plain data. */
export interface FitResult {
  readonly scores: Readonly<Record<string, TaskScore>>;
  /** Of tasks by the values of a column over the rows of all values, by the declared name. */
  readonly whole?: Readonly<Record<string, TaskScore>>;
  /** Of validation rows, where they were asked for. */
  readonly validation?: Readonly<Record<string, TaskScore>>;
  /** Tasks that were not learned in this fold, and why. */
  readonly left: Readonly<Record<string, string>>;
  readonly parameters: number;
  readonly seconds: number;
  /** Resident memory of the process when the fit ended, bytes. */
  readonly memoryBytes: number;
  /** Rows of the fold. */
  readonly rows: { readonly train: number; readonly validation: number; readonly heldOut: number };
  readonly gradients?: {
    readonly tasks: readonly string[];
    readonly looks: readonly GradientLook[];
  };
}

/**
 * Identifies a fit by all that decides its result: data, versions, configuration and place.
 * @param base what identifies data and versions.
 */
export function fitKey(base: string, config: ExperimentConfig, work: WorkSpec): string {
  const { name: _, tune: __, compare: ___, pareto: ____, ...decides } = config;
  return createHash("sha256")
    .update(JSON.stringify([base, decides, work]))
    .digest("hex")
    .slice(0, 32);
}
