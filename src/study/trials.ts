import type { ExperimentConfig } from "../config/experiment.ts";
import { PolytaskError } from "../core/errors.ts";
import { FitLog } from "./fit-log.ts";
import { type FitSpec, fitKey } from "./fit-spec.ts";
import { StudyRows } from "./fold-rows.ts";
import { type PoolOptions, type WorkFailure, workThrough } from "./pool.ts";

/** What is tried: a configuration, or other weights or epochs than it says. */
export interface Trial {
  readonly name: string;
  readonly config: ExperimentConfig;
  readonly weights?: Readonly<Record<string, number>>;
  readonly epochs?: number;
}

/** How good a trial was on the held-out rows, against the reference. */
export interface TrialScore {
  /**
   * Mean over tasks of the relative improvement over the reference, averaged over folds × seeds: above 0
   * is better. NaN where it could not be measured.
   */
  readonly mean: number;
  /** Standard error of that mean over folds × seeds. */
  readonly error: number;
  /** Mean of each task's primary metric. */
  readonly tasks: Readonly<Record<string, number>>;
  /** Why a fit gave no result. */
  readonly failure?: WorkFailure;
}

export type TrialEvent =
  | { readonly type: "plan"; readonly fits: number; readonly done: number }
  | { readonly type: "fit"; readonly done: number; readonly fits: number; readonly regime: string }
  | { readonly type: "warning"; readonly message: string };

export interface TrialOptions extends PoolOptions {
  readonly baseDir: string;
  /** Folder of the log. */
  readonly folder: string;
  readonly folds: number;
  readonly seeds: number;
  readonly versions: Readonly<Record<string, string>>;
  onEvent?(event: TrialEvent): void;
}

/** Scores trials on the same folds, each fit in a child process and kept in a log as it finishes. */
export class Trials {
  readonly rows: StudyRows;
  private readonly options: TrialOptions;
  private readonly log: FitLog;
  private readonly base: string;
  private reference: Trial | undefined;

  private constructor(rows: StudyRows, options: TrialOptions) {
    this.rows = rows;
    this.options = options;
    this.log = new FitLog(options.folder);
    this.base = JSON.stringify([rows.opened.fingerprint, options.versions]);
  }

  /** Opens the rows and cuts the folds. @throws ConfigError, DataError. */
  static async open(config: ExperimentConfig, options: TrialOptions): Promise<Trials> {
    const rows = await StudyRows.open(config, options.baseDir);
    try {
      for (let r = 0; r < options.seeds; r++) await rows.splitsOf(options.folds, r);
      return new Trials(rows, options);
    } catch (error) {
      rows.close();
      throw error;
    }
  }

  /** Names what the others are scored against. @throws the fit's error where it cannot be learned. */
  async against(reference: Trial): Promise<TrialScore> {
    this.reference = reference;
    const [score] = await this.score([reference]);
    if (score.failure) {
      const { code, message, hint } = score.failure;
      throw new PolytaskError(code, message, { hint });
    }
    return score;
  }

  /** Fits trials on every fold, as far as the log does not know them, and scores them. */
  async score(trials: readonly Trial[]): Promise<TrialScore[]> {
    const { options, log } = this;
    const orders = new Map(
      trials.flatMap((trial) =>
        this.places().map((place) => {
          const { work, key } = this.fitOf(trial, place);
          const { config } = trial;
          const { predictions } = log;
          return [
            key,
            {
              key,
              work,
              config,
              baseDir: options.baseDir,
              predictions,
              keep: false,
              name: trial.name,
            },
          ] as const;
        }),
      ),
    );
    const missing = [...orders.values()].filter(({ key }) => log.result(key) === undefined);
    let done = orders.size - missing.length;
    options.onEvent?.({ type: "plan", fits: orders.size, done });
    await workThrough(missing, options, (order, answer) => {
      log.add(order.key, order.work, answer);
      const regime = orders.get(order.key)?.name ?? "";
      if ("error" in answer)
        options.onEvent?.({ type: "warning", message: `${regime}: ${answer.error.message}` });
      options.onEvent?.({ type: "fit", done: ++done, fits: orders.size, regime });
    });
    return trials.map((trial) => this.scoreOf(trial));
  }

  private places(): { folds: number; repeat: number; fold: number }[] {
    const { folds, seeds } = this.options;
    return Array.from({ length: folds * seeds }, (_, i) => ({
      folds,
      repeat: Math.floor(i / folds),
      fold: i % folds,
    }));
  }

  private fitOf({ config, weights, epochs }: Trial, place: ReturnType<Trials["places"]>[number]) {
    const tasks = Object.keys(this.rows.opened.config.tasks);
    const work: FitSpec = { ...place, tasks, weights, epochs };
    return { work, key: fitKey(this.base, config, work) };
  }

  /** Scores of a task at every place. */
  private values(trial: Trial, task: string, metric: string): number[] {
    return this.places().map((place) => {
      const result = this.log.result(this.fitOf(trial, place).key);
      return result?.scores[task]?.metrics[metric] ?? Number.NaN;
    });
  }

  private scoreOf(trial: Trial): TrialScore {
    const base = this.reference ?? trial;
    const tasks: Record<string, number> = {};
    const gains = this.rows.opened.specs.tasks.map(({ name, kind }) => {
      const values = this.values(trial, name, kind.primary);
      const before = this.values(base, name, kind.primary);
      const sign = kind.direction(kind.primary) === "higher" ? 1 : -1;
      const scale = Math.abs(meanOf(before));
      tasks[name] = meanOf(values);
      return values.map((v, i) => (sign * (v - before[i])) / scale);
    });
    const places = this.places().flatMap((_, i) => {
      const known = gains.map((list) => list[i]).filter((g) => Number.isFinite(g));
      return known.length > 0 ? [meanOf(known)] : [];
    });
    const failure = this.places()
      .map((place) => this.fitOf(trial, place).key)
      .flatMap((key) => (this.log.result(key) ? [] : (this.log.failure(key) ?? [])))[0];
    // A trial that fails in some folds is not comparable on the others.
    const mean = failure ? Number.NaN : meanOf(places);
    const squares = places.reduce((sum, v) => sum + (v - mean) ** 2, 0);
    const error = Math.sqrt(squares / (places.length - 1) / places.length);
    return { mean, error, tasks, failure };
  }

  close(): void {
    this.rows.close();
  }
}

function meanOf(values: readonly number[]): number {
  const known = values.filter((v) => Number.isFinite(v));
  return known.reduce((a, b) => a + b, 0) / known.length;
}
