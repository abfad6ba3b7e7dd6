import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { ExperimentConfig } from "../config/experiment.ts";
import { rebaseConfig, stringifyConfig } from "../config/stringify.ts";
import type { HalvingConfig } from "../config/tune-config.ts";
import { openExperiment } from "../model/open-experiment.ts";
import type { Measure, NestedRecord, TuningRecord } from "../report/record.ts";
import { type ObjectiveUnit, unitOf } from "../study/objective.ts";
import type { SamplerName } from "../study/samplers/samplers.ts";
import type { Parameter, Point } from "../study/search-space.ts";
import { type NestedEstimate, tuneWeights, type WeightTuning } from "../study/task-weights.ts";
import type { TrialEvent, TrialScore } from "../study/trials.ts";
import { tune } from "../study/tune.ts";
import { openStudyFolder, studyFiles, studyRecord, writeStudy } from "./study-folder.ts";
import { type RunSummary, trainRun } from "./train-run.ts";
import { versions } from "./versions.ts";

export interface TuneRunOptions {
  /** New, empty, or the folder of an unfinished search with `resume`. */
  readonly out: string;
  readonly baseDir: string;
  /** Searched values; the tasks' weights are searched without any. */
  readonly space: readonly Parameter[];
  readonly sampler: SamplerName;
  readonly trials: number;
  readonly halving: HalvingConfig;
  /** `deltaM`, `meanRank`, or a task's name. */
  readonly objective: string;
  /** Seed of the points that are drawn; the experiment's where absent. */
  readonly seed?: number;
  /** Outer folds of nested cross-validation of weights; 0 for none. */
  readonly outer: number;
  readonly folds?: number;
  readonly seeds?: number;
  readonly jobs?: number;
  /** Whether what was chosen is trained afterwards. */
  readonly refit: boolean;
  readonly resume?: boolean;
  readonly command?: string;
  readonly signal?: AbortSignal;
  readonly execArgv?: readonly string[];
  configure(point: Point): ExperimentConfig;
  onEvent?(event: TrialEvent): void;
}

/** What `tune` prints as JSON, and leaves as `tuning.json`. */
export interface TuneSummary {
  readonly of: "values" | "weights";
  /** Values by path, or weights by task; none where the configuration as it is was best. */
  readonly chosen: Readonly<Record<string, string | number>> | null;
  /** What improvements and errors are in. */
  readonly unit: ObjectiveUnit;
  /** How much better than the configuration as it was, or than equal weights, and its standard error. */
  readonly improvement: Measure;
  readonly error: Measure;
  readonly points: readonly {
    readonly values: Readonly<Record<string, string | number>>;
    readonly improvement: Measure;
    readonly error: Measure;
    readonly tasks: Readonly<Record<string, number>>;
    readonly failure?: string;
  }[];
  readonly words: readonly string[];
  readonly nested?: NestedRecord;
  readonly report: string;
  /** The run folder of what was chosen, trained on all training rows. */
  readonly refit?: RunSummary;
}

interface Searched {
  readonly of: "values" | "weights";
  readonly points: readonly (TrialScore & {
    readonly values: Readonly<Record<string, string | number>>;
    readonly epochs?: number;
  })[];
  readonly chosen: number | undefined;
  readonly best: number | undefined;
  readonly config: ExperimentConfig;
  readonly words: readonly string[];
  readonly nested?: NestedRecord;
}

/**
 * Searches values of a configuration, or the tasks' weights, on folds of the rows that are not test rows;
 * leaves what was tried, the configuration that was chosen, and its model trained anew.
 * @throws ConfigError, DataError, BackendError; INTERRUPTED after `signal`, with the fits that are done kept.
 */
export async function tuneRun(
  config: ExperimentConfig,
  options: TuneRunOptions,
): Promise<TuneSummary> {
  const startedAt = new Date().toISOString();
  const clock = performance.now();
  const { out, baseDir, refit, signal } = options;
  openStudyFolder(out, options.resume ?? false);
  const folds = options.folds ?? 5;
  const seeds = options.seeds ?? 1;
  const shared = {
    baseDir,
    folder: out,
    folds,
    seeds,
    jobs: options.jobs ?? availableParallelism(),
    objective: options.objective,
    seed: options.seed ?? config.seed,
    versions: versions(),
    signal,
    execArgv: options.execArgv,
    onEvent: options.onEvent,
  };
  const found =
    options.space.length === 0
      ? await searchWeights(config, { ...shared, points: options.trials, outer: options.outer })
      : await searchValues(config, {
          ...options,
          ...shared,
        });
  const opened = await openExperiment(config, { baseDir });
  const { fingerprint, stream, split } = opened;
  opened.close();
  const text = stringifyConfig(rebaseConfig(found.config, baseDir, out));
  const trained = refit
    ? await trainRun(alone(found.config), {
        out: join(out, "model"),
        baseDir,
        command: options.command,
        resume: options.resume,
        signal,
      })
    : undefined;
  const parameters = Object.keys(found.points[0]?.values ?? {});
  const tuning: TuningRecord = {
    of: found.of,
    objective: options.objective,
    unit: unitOf(options.objective),
    folds,
    seeds,
    parameters,
    points: found.points.map(({ values, mean, error, epochs, failure }) => ({
      values: parameters.map((p) => values[p]),
      mean,
      error,
      epochs,
      failure: failure?.message,
    })),
    chosen: found.chosen,
    best: found.best,
    words: found.words,
    nested: found.nested,
  };
  const chosen = found.chosen === undefined ? undefined : found.points[found.chosen];
  const summary: TuneSummary = {
    of: found.of,
    unit: unitOf(options.objective),
    chosen: chosen?.values ?? null,
    improvement: chosen?.mean ?? null,
    error: chosen?.error ?? null,
    points: found.points.map(({ values, mean, error, tasks, failure }) => ({
      values,
      improvement: mean,
      error,
      tasks,
      failure: failure?.message,
    })),
    words: found.words,
    nested: found.nested,
    report: join(out, studyFiles.report),
    refit: trained,
  };
  const record = studyRecord(config, {
    out,
    command: options.command,
    startedAt,
    clock,
    text,
    source: stream.origin,
    fingerprint,
    rule: `${folds} folds, stratified over the tasks, ${seeds} times`,
    rows: { train: split.train.length + split.validation.length, test: split.test.length },
    tuning,
  });
  writeStudy(out, { text, record, summary, summaryFile: "tuning.json" });
  return summary;
}

async function searchWeights(
  config: ExperimentConfig,
  options: Parameters<typeof tuneWeights>[1],
): Promise<Searched> {
  const { points, best, chosen, nested, groups } = await tuneWeights(config, options);
  const amount = amountIn(unitOf(options.objective ?? "deltaM"));
  const equal = chosen.distance === 0;
  const choice = equal
    ? "Equal weights are as good as any, within one standard error of the best."
    : `The weights ${listOf(chosen.weights)} do better than equal ones by ${amount(chosen.mean)} on the folds that chose them.`;
  const rule = `The best point of ${points.length} is ${listOf(best.weights)}, with ${amount(best.mean)} ± ${amount(best.error)}; chosen is the point nearest to equal weights within that one standard error.`;
  const words = nested
    ? [...nestedWords(nested), choice, rule]
    : [
        choice,
        rule,
        "--outer 5 would estimate what choosing weights so brings on rows that did not choose them.",
      ];
  return {
    of: "weights",
    points: points.map(({ weights, ...point }) => ({ ...point, values: weights })),
    chosen: points.indexOf(chosen),
    best: points.indexOf(best),
    config: { ...config, tasks: weighedTasks(config.tasks, chosen.weights, groups) },
    nested: nested && nestedRecord(nested, Object.keys(chosen.weights)),
    words,
  };
}

/** The declared tasks with weights that were chosen for what `by` makes of them. */
function weighedTasks(
  tasks: ExperimentConfig["tasks"],
  chosen: Readonly<Record<string, number>>,
  groups: WeightTuning["groups"],
): ExperimentConfig["tasks"] {
  const entries = Object.entries(tasks).map(([name, task]) => {
    const members = groups[name];
    if (members === undefined) return [name, { ...task, weight: chosen[name] }];
    const sum = Object.values(members).reduce((all, member) => all + chosen[member], 0);
    const weights = Object.entries(members).map(([value, member]) => [value, chosen[member]]);
    // A task of its own has all the weight there is.
    const weight = Object.keys(tasks).length > 1 ? sum : undefined;
    return [name, { ...task, weight, weights: Object.fromEntries(weights) }];
  });
  return Object.fromEntries(entries) as ExperimentConfig["tasks"];
}

async function searchValues(
  config: ExperimentConfig,
  options: Parameters<typeof tune>[1],
): Promise<Searched> {
  const { points, best, testRows } = await tune(config, options);
  const amount = amountIn(unitOf(options.objective ?? "deltaM"));
  const words = [
    best
      ? `${listOf(best.point)} does better than the configuration as it was by ${amount(best.mean)} ± ${amount(best.error)}.`
      : "Nothing that was tried does better than the configuration as it is.",
  ];
  if (best && !(best.mean > 2 * best.error))
    words.push("That is within two standard errors: it may be luck.");
  if (testRows === 0)
    words.push("There are no test rows to judge the choice on: its score is too good.");
  return {
    of: "values",
    points: points.map(({ point, ...rest }) => ({ ...rest, values: point })),
    chosen: best && points.indexOf(best),
    best: undefined,
    config: best ? options.configure(best.point) : config,
    words,
  };
}

/** Three digits are enough to read; the configuration that is written has them all. */
function rounded(value: string | number): string | number {
  if (typeof value === "number") return Number(value.toFixed(3));
  const number = value.trim() === "" ? Number.NaN : Number(value);
  return Number.isFinite(number) && !Number.isInteger(number)
    ? Number(number.toPrecision(3))
    : value;
}

/** Names with values; of more than eight weights the largest and how many more. */
function listOf(values: Readonly<Record<string, string | number>>): string {
  const all = Object.entries(values);
  const many = all.length > 8 && all.every(([, value]) => typeof value === "number");
  const shown = many ? [...all].sort(([, a], [, b]) => Number(b) - Number(a)).slice(0, 4) : all;
  const words = shown.map(([name, value]) => `${name} ${rounded(value)}`);
  return many
    ? `${words.join(", ")} and ${all.length - shown.length} more of less weight`
    : words.join(", ");
}

/** A single model of what was chosen, also where the configuration asks for a front. */
function alone({ pareto: _, ...config }: ExperimentConfig): ExperimentConfig {
  return config;
}

/** An amount of improvement in words. */
function amountIn(unit: ObjectiveUnit): (value: number) => string {
  return (value) => {
    if (!Number.isFinite(value)) return "–";
    if (unit === "share") return `${(value * 100).toFixed(1)} %`;
    return unit === "ranks" ? `${value.toFixed(2)} ranks` : Number(value.toPrecision(3)).toString();
  };
}

/** The verdict on the whole procedure, and the numbers behind it. */
function nestedWords({ improvement, outer, seeds, chosen }: NestedEstimate): string[] {
  const { mean, low, high, p } = improvement;
  const share = amountIn("share");
  const sure = p < 0.05 && mean !== 0;
  const verdict = !sure
    ? "Choosing the tasks' weights makes no difference that these rows can show."
    : mean > 0
      ? "Choosing the tasks' weights helps."
      : "Choosing the tasks' weights hurts: keep equal ones.";
  const where = `${outer} outer folds${seeds > 1 ? ` × ${seeds} seeds` : ""}`;
  if (chosen.every((weights) => new Set(Object.values(weights)).size === 1))
    return [
      verdict,
      `Nested cross-validation, ${where}: every one of them chose equal weights by its own training rows.`,
    ];
  return [
    verdict,
    `Nested cross-validation, ${where}: weights chosen so, on rows that did not choose them, are better than equal ones by ${share(mean)} (95 % interval ${share(low)} to ${share(high)}, p ${Number.isFinite(p) ? p.toFixed(3) : "–"}).`,
  ];
}

function nestedRecord(found: NestedEstimate, tasks: readonly string[]): NestedRecord {
  const { outer, seeds, improvement, chosen } = found;
  return {
    outer,
    seeds,
    ...improvement,
    tasks: found.tasks.map(({ name, metric, better, scores, against }) => {
      const { mean, low, high, adjusted, verdict } = against.chosen;
      const { equal, chosen: own } = scores;
      const both = { equal: equal.mean, chosen: own.mean };
      return { name, metric, better, ...both, mean, low, high, adjusted, verdict };
    }),
    chosen: chosen.map((weights) => tasks.map((t) => weights[t])),
  };
}
