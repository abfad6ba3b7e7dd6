import { join } from "node:path";
import type { ExperimentConfig } from "../config/experiment.ts";
import { ConfigError, didYouMean, PolytaskError, show } from "../core/errors.ts";
import { FitLog } from "./fit-log.ts";
import type { FitResult } from "./fit-spec.ts";
import { type FitSpec, fitKey } from "./fit-spec.ts";
import { type FoldPlace, StudyRows } from "./fold-rows.ts";
import { gainsOf, meanOf, type TrialGain, type TrialValues } from "./objective.ts";
import { type Answer, type PoolOptions, type WorkFailure, workThrough } from "./pool.ts";
import { fitting, type WorkOrder } from "./run-work.ts";

/** What is tried: a configuration, or other weights than it says, or only its first epochs. */
export interface Trial {
  readonly name: string;
  readonly config: ExperimentConfig;
  readonly weights?: Readonly<Record<string, number>>;
  /** Epochs after which it stops for now; all where absent. A later trial goes on from its checkpoint. */
  readonly stopAfter?: number;
  /** Name of its own, for a trial that stops and goes on: its fits keep checkpoints under it. */
  readonly staged?: string;
}

/** How good a trial was on the held-out rows, against the reference, in what the objective measures. */
export interface TrialScore extends TrialGain {
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
  /** `deltaM`, `meanRank`, or a task's name. */
  readonly objective?: string;
  readonly versions: Readonly<Record<string, string>>;
  onEvent?(event: TrialEvent): void;
}

/** An order with the name of what it belongs to. */
export type TrialOrder = WorkOrder & { readonly name: string };

/** Scores trials on the same folds, each fit in a child process and kept in a log as it finishes. */
export class Trials {
  readonly rows: StudyRows;
  private readonly options: TrialOptions;
  private readonly log: FitLog;
  private readonly base: string;
  private readonly within: FoldPlace["within"];
  private reference: Trial | undefined;

  private constructor(
    rows: StudyRows,
    options: TrialOptions,
    log: FitLog,
    within: FoldPlace["within"],
  ) {
    this.rows = rows;
    this.options = options;
    this.log = log;
    this.base = JSON.stringify([rows.opened.fingerprint, options.versions]);
    this.within = within;
  }

  /** Opens the rows and cuts the folds. @throws ConfigError, DataError. */
  static async open(config: ExperimentConfig, options: TrialOptions): Promise<Trials> {
    const rows = await StudyRows.open(config, options.baseDir);
    try {
      const declared = rows.opened.groups.map((group) => group.task);
      checkObjective(options.objective ?? "deltaM", [...declared, ...rows.names]);
      const log = new FitLog(options.folder);
      const trials = new Trials(rows, options, log, undefined);
      await trials.cut();
      await rows.checkTasks();
      return trials;
    } catch (error) {
      rows.close();
      throw error;
    }
  }

  /** Trials on other folds of the same rows, or on folds of the training rows of one; they share the log. */
  async on(folds: number, seeds: number, within?: FoldPlace["within"]): Promise<Trials> {
    const other = new Trials(this.rows, { ...this.options, folds, seeds }, this.log, within);
    await other.cut();
    return other;
  }

  private async cut(): Promise<void> {
    const { folds, seeds } = this.options;
    for (let repeat = 0; repeat < seeds; repeat++)
      await this.rows.splitsOf({ folds, repeat, within: this.within });
  }

  /** Names what the others are scored against. @throws the fit's error where it cannot be learned. */
  async against(reference: Trial): Promise<TrialScore> {
    this.reference = reference;
    await this.work([reference]);
    const [score] = this.scores([reference]);
    if (score.failure) {
      const { code, message, hint } = score.failure;
      throw new PolytaskError(code, message, { hint });
    }
    return score;
  }

  /** Fits trials on every fold, as far as the log does not know them. */
  async work(trials: readonly Trial[]): Promise<void> {
    // Fold by fold, as a process keeps the encoded rows of few folds.
    await this.workOn(this.places().flatMap((place) => trials.map((t) => this.order(t, place))));
  }

  /** Fits one trial a place, in the order of folds and repetitions. */
  async workAt(trials: readonly Trial[]): Promise<void> {
    await this.workOn(this.places().map((place, i) => this.order(trials[i], place)));
  }

  private async workOn(orders: readonly TrialOrder[]): Promise<void> {
    const { options } = this;
    const wanted = new Map(orders.map((order) => [order.key, order]));
    const missing = [...wanted.values()].filter(({ key }) => !this.log.result(key));
    let done = wanted.size - missing.length;
    options.onEvent?.({ type: "plan", fits: wanted.size, done });
    await workThrough(missing, fitting, options, (order, answer) => {
      this.take(order, answer);
      options.onEvent?.({ type: "fit", done: ++done, fits: wanted.size, regime: order.name });
    });
  }

  /** The fits of a trial that the log has no result of. */
  missing(trial: Trial): TrialOrder[] {
    return this.places()
      .map((place) => this.order(trial, place))
      .filter(({ key }) => !this.log.result(key));
  }

  /** Keeps what came back for an order. */
  take(order: TrialOrder, answer: Answer<FitResult>): void {
    this.log.add(order.key, order.work, answer);
    if ("error" in answer)
      this.options.onEvent?.({
        type: "warning",
        message: `${order.name}: ${answer.error.message}`,
      });
  }

  /** Fits a trial takes. */
  get fits(): number {
    return this.options.folds * this.options.seeds;
  }

  private places(): FoldPlace[] {
    const { folds } = this.options;
    const { within } = this;
    return Array.from({ length: this.fits }, (_, i) => ({
      folds,
      repeat: Math.floor(i / folds),
      fold: i % folds,
      ...(within ? { within } : {}),
    }));
  }

  private order(trial: Trial, place: FoldPlace): TrialOrder {
    const { config, weights, stopAfter, staged, name } = trial;
    const { base, log, options } = this;
    const tasks = this.rows.names;
    const whole: FitSpec = { ...place, tasks, weights };
    const work: FitSpec = { ...whole, stopAfter };
    const { predictions } = log;
    return {
      key: fitKey(base, config, work),
      work,
      config,
      baseDir: options.baseDir,
      predictions,
      keep: false,
      name,
      // All stages of a fit share a folder.
      checkpoints: staged
        ? join(log.checkpoints, `${staged}-${fitKey(base, config, whole)}`)
        : undefined,
    };
  }

  /** Scores of a trial at every place, a task. */
  values(trial: Trial): TrialValues {
    return this.valuesAt(this.places().map(() => trial));
  }

  /** Scores of one trial a place, a task. */
  valuesAt(trials: readonly Trial[]): TrialValues {
    const orders = this.places().map((place, i) => this.order(trials[i], place));
    return Object.fromEntries(
      this.judged.map(({ name, metric }) => [
        name,
        orders.map(({ key }) => {
          const result = this.log.result(key);
          return (result?.scores[name] ?? result?.whole?.[name])?.metrics[metric] ?? NaN;
        }),
      ]),
    );
  }

  /**
   * The tasks with the metric that they are judged by; the one that is the objective by its declared name, and
   * was learned as one a value, is among them.
   */
  get judged(): { name: string; metric: string; better: "higher" | "lower" }[] {
    const { specs } = this.rows.opened;
    const { objective } = this.options;
    const whole = specs.tasks.find((t) => t.group !== undefined && t.group.task === objective);
    return [
      ...specs.tasks,
      ...(whole ? [{ name: objective as string, kind: whole.kind }] : []),
    ].map(({ name, kind }) => ({
      name,
      metric: kind.primary,
      better: kind.direction(kind.primary),
    }));
  }

  /** How good trials were against the reference; by `meanRank`, among each other. */
  scores(trials: readonly Trial[]): TrialScore[] {
    const values = trials.map((trial) => this.values(trial));
    const reference = this.reference ? this.values(this.reference) : values[0];
    const objective = this.options.objective ?? "deltaM";
    const gains = gainsOf(objective, this.judged, reference, values);
    return trials.map((trial, i) => {
      const tasks = Object.fromEntries(
        Object.entries(values[i]).map(([name, list]) => [name, meanOf(list)]),
      );
      const failure = this.failure(trial);
      // A trial that fails in some folds is not comparable on the others.
      return failure
        ? { mean: Number.NaN, error: Number.NaN, tasks, failure }
        : { ...gains[i], tasks, failure };
    });
  }

  private failure(trial: Trial): WorkFailure | undefined {
    return this.places()
      .map((place) => this.order(trial, place).key)
      .flatMap((key) => (this.log.result(key) ? [] : (this.log.failure(key) ?? [])))[0];
  }

  /** Held-out rows over training rows of a fold, on average. */
  ratio(trial: Trial): number {
    const sizes = this.places().flatMap(
      (place) => this.log.result(this.order(trial, place).key)?.rows ?? [],
    );
    return meanOf(sizes.map(({ train, heldOut }) => heldOut / train));
  }

  close(): void {
    this.rows.close();
  }
}

/** @throws ConfigError for an objective that is neither a rule nor a task. */
function checkObjective(objective: string, tasks: readonly string[]): void {
  const known = ["deltaM", "meanRank", ...tasks];
  if (known.includes(objective)) return;
  const shown = known.length > 12 ? `${known.slice(0, 8).join(", ")}, …` : known.join(", ");
  const near = didYouMean(objective, known);
  throw new ConfigError("CONFIG_INVALID", `tune.objective: ${shown}; got ${show(objective)}`, {
    hint: near && `did you mean ${near}?`,
  });
}
