/** What a comparison is asked, and what it answers. */
import type { ExperimentConfig } from "../config/experiment.ts";
import type { TunedChoices, TunedModel, TuningBudget } from "./equal-tuning.ts";
import type { RegimeCost } from "./placed-fits.ts";
import type { PoolOptions } from "./pool.ts";
import type { Regime } from "./regimes/regime.ts";
import type { RegimeName } from "./regimes/regimes.ts";
import type { TaskPull } from "./task-pull.ts";
import type { JudgedTask, OverallTest } from "./verdicts.ts";

/** What a comparison tells while it works. */
export type CompareEvent =
  | { readonly type: "plan"; readonly fits: number; readonly done: number }
  | { readonly type: "fit"; readonly done: number; readonly fits: number; readonly regime: string }
  | { readonly type: "warning"; readonly message: string };

export interface CompareOptions extends PoolOptions {
  readonly baseDir: string;
  /** Folder of the log and of held-out predictions. */
  readonly folder: string;
  readonly folds: number;
  /** Repetitions, each with folds and seeds of its own. */
  readonly seeds: number;
  readonly regimes?: readonly RegimeName[];
  /** What every model may be tuned, inside its own training rows; nothing where absent. */
  readonly tune?: TuningBudget;
  /** Versions of what computes: a log of others is not used. */
  readonly versions: Readonly<Record<string, string>>;
  onEvent?(event: CompareEvent): void;
}

export interface Comparison {
  /** The configuration with inferred kinds filled in. */
  readonly config: ExperimentConfig;
  readonly source: string;
  readonly fingerprint: string;
  /** Regimes that were run, in the order of the table. */
  readonly regimes: readonly Pick<Regime, "name" | "title" | "summary">[];
  /** Regimes that were not, and why. */
  readonly refused: Readonly<Record<string, string>>;
  readonly tasks: readonly JudgedTask[];
  /** Δm of each regime against independent models, a share. */
  readonly deltaM: Readonly<Record<string, number>>;
  /** Each regime against independent models over all tasks at once, relative improvements. */
  readonly overall: Readonly<Record<string, OverallTest>>;
  /** Proposed groups of tasks; undefined for families without gradients. */
  readonly groups: readonly (readonly string[])[] | undefined;
  readonly pull: TaskPull | undefined;
  readonly costs: readonly RegimeCost[];
  /** The budget that every model had, and what each chose in each fold; undefined where none was tuned. */
  readonly tuning: (TunedChoices & { readonly models: readonly TunedModel[] }) | undefined;
  readonly rows: {
    /** Rows that folds were cut from. */
    readonly used: number;
    /** Test rows of the configuration, which were not looked at. */
    readonly test: number;
    readonly train: number;
    readonly validation: number;
    readonly heldOut: number;
  };
  readonly folds: number;
  readonly seeds: number;
  /** Fits that gave no result, and why; the rest went on. */
  readonly failures: readonly { readonly where: string; readonly message: string }[];
  readonly notes: readonly string[];
}
