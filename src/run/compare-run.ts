import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { ExperimentConfig } from "../config/experiment.ts";
import { rebaseConfig, stringifyConfig } from "../config/stringify.ts";
import type { ComparisonRecord, Measure } from "../report/record.ts";
import { adviceOf } from "../study/advice.ts";
import { compareRegimes } from "../study/compare.ts";
import type { CompareEvent, Comparison } from "../study/comparison.ts";
import type { TuningBudget } from "../study/equal-tuning.ts";
import type { RegimeName } from "../study/regimes/regimes.ts";
import { rangeText } from "../study/search-space.ts";
import { openStudyFolder, studyFiles, studyRecord, writeStudy } from "./study-folder.ts";
import { versions } from "./versions.ts";

export interface CompareRunOptions {
  /** New, empty, or the folder of an unfinished comparison with `resume`. */
  readonly out: string;
  readonly baseDir: string;
  readonly folds?: number;
  readonly seeds?: number;
  /** Processes at once; one a core by default, 0 for this process. */
  readonly jobs?: number;
  readonly regimes?: readonly RegimeName[];
  /** What every model may be tuned, inside its own training rows. */
  readonly tune?: TuningBudget;
  readonly resume?: boolean;
  readonly command?: string;
  readonly signal?: AbortSignal;
  readonly execArgv?: readonly string[];
  onEvent?(event: CompareEvent): void;
}

/** What `compare` prints as JSON, and leaves as `comparison.json`. */
export interface ComparisonSummary {
  readonly tasks: Readonly<
    Record<
      string,
      {
        readonly metric: string;
        readonly better: "higher" | "lower";
        readonly regimes: Readonly<
          Record<string, { readonly mean: Measure; readonly low: Measure; readonly high: Measure }>
        >;
        /** Of multi-task against independent. */
        readonly verdict: "helps" | "no difference" | "hurts";
        /** Adjusted over tasks. */
        readonly p: Measure;
      }
    >
  >;
  /** Of multi-task against independent, a share; above 0 is better. */
  readonly deltaM: Measure;
  readonly groups: readonly (readonly string[])[];
  readonly deltaMByRegime: Readonly<Record<string, Measure>>;
  /** Multi-task against independent over all tasks at once. */
  readonly overall: {
    readonly verdict: "helps" | "no difference" | "hurts";
    readonly p: Measure;
    readonly low: Measure;
    readonly high: Measure;
  };
  /** Points that every model chose from; 0 where none was tuned. */
  readonly trials: number;
  readonly advice: readonly string[];
  /** What a reader must know, such as folds in which a task had no score. */
  readonly notes: readonly string[];
  readonly report: string;
}

/**
 * Compares ways to learn the tasks of a configuration and leaves a folder with scores, tests and a report.
 * @throws ConfigError, DataError, BackendError; INTERRUPTED after `signal`, with the fits that are done kept.
 */
export async function compareRun(
  config: ExperimentConfig,
  options: CompareRunOptions,
): Promise<{ readonly summary: ComparisonSummary; readonly comparison: Comparison }> {
  const startedAt = new Date().toISOString();
  const clock = performance.now();
  const { out, baseDir } = options;
  openStudyFolder(out, options.resume ?? false);
  const comparison = await compareRegimes(config, {
    baseDir,
    folder: out,
    folds: options.folds ?? 5,
    seeds: options.seeds ?? 2,
    jobs: options.jobs ?? availableParallelism(),
    regimes: options.regimes,
    tune: options.tune,
    versions: versions(),
    signal: options.signal,
    execArgv: options.execArgv,
    onEvent: options.onEvent,
  });
  const text = stringifyConfig(rebaseConfig(comparison.config, baseDir, out));
  const record = studyRecord(config, {
    out,
    command: options.command,
    startedAt,
    clock,
    text,
    source: comparison.source,
    fingerprint: comparison.fingerprint,
    rule: `${comparison.folds} folds, stratified over the tasks, ${comparison.seeds} times`,
    rows: {
      train: Math.round(comparison.rows.train),
      validation: Math.round(comparison.rows.validation),
      test: comparison.rows.test,
    },
    comparison: comparisonRecord(comparison),
  });
  const summary = summaryOf(comparison, join(out, studyFiles.report));
  writeStudy(out, { text, record, summary, summaryFile: "comparison.json" });
  return { summary, comparison };
}

function summaryOf(comparison: Comparison, report: string): ComparisonSummary {
  const { tasks, deltaM, groups } = comparison;
  const whole = comparison.overall.multiTask;
  return {
    tasks: Object.fromEntries(
      tasks.map((task) => [
        task.name,
        {
          metric: task.metric,
          better: task.better,
          regimes: Object.fromEntries(
            Object.entries(task.scores).map(([r, { mean, low, high }]) => [r, { mean, low, high }]),
          ),
          verdict: task.against.multiTask.verdict,
          p: task.against.multiTask.adjusted,
        },
      ]),
    ),
    deltaM: deltaM.multiTask ?? null,
    groups: groups ?? [],
    deltaMByRegime: deltaM,
    overall: { verdict: whole.verdict, p: whole.p, low: whole.low, high: whole.high },
    trials: comparison.tuning?.points.length ?? 0,
    advice: adviceOf(comparison),
    notes: notesOf(comparison),
    report,
  };
}

function comparisonRecord(found: Comparison): ComparisonRecord {
  const { tasks, regimes, deltaM, overall, costs, pull } = found;
  return {
    folds: found.folds,
    seeds: found.seeds,
    rows: found.rows,
    regimes: regimes.map((regime) => {
      const { fits, parameters, seconds, memoryBytes } = costs.find(
        (c) => c.regime === regime.name,
      ) as Comparison["costs"][number];
      return {
        ...regime,
        deltaM: deltaM[regime.name],
        overall: overall[regime.name],
        cost: { fits, parameters, seconds, memoryBytes },
      };
    }),
    tasks: tasks.map(({ name, metric, better, scores, against }) => ({
      name,
      metric,
      better,
      scores: Object.entries(scores).map(([regime, s]) => ({ regime, ...s })),
      against: Object.entries(against).map(([regime, { pairs: _, ...a }]) => ({ regime, ...a })),
    })),
    advice: adviceOf(found),
    tuning: tuningRecord(found),
    groups: found.groups,
    gradients: pull && {
      tasks: pull.tasks,
      cosine: pull.cosine,
      conflicts: pull.conflicts,
      affinity: pull.affinity,
      help: pull.help,
      course: pull.course,
    },
    notes: notesOf(found),
    failures: found.failures,
  };
}

function notesOf({ notes, refused }: Comparison): string[] {
  const left = Object.entries(refused);
  return [...notes, ...left.map(([name, why]) => `The regime ${name} was not run: ${why}.`)];
}

/** What every model was given to choose from, and what it chose in how many folds. */
function tuningRecord({ tuning, config }: Comparison): ComparisonRecord["tuning"] {
  if (tuning === undefined) return undefined;
  const { parameters, points, models } = tuning;
  const own = Object.fromEntries(parameters.map(({ path }) => [path, valueText(config, path)]));
  const all = new Map<string, { regime: string; tasks: readonly string[]; points: number[] }>();
  for (const { regime, tasks, point } of models) {
    const key = JSON.stringify([regime.name, tasks]);
    const known = all.get(key) ?? { regime: regime.title, tasks, points: [] };
    known.points.push(point);
    all.set(key, known);
  }
  return {
    trials: points.length,
    parameters: parameters.map((p) => ({ path: p.path, range: rangeText(p), own: own[p.path] })),
    models: [...all.values()].map(({ regime, tasks, points: chosen }) => ({
      regime,
      tasks,
      folds: chosen.length,
      asItIs: chosen.filter((p) => p === 0).length,
      values: parameters.map(({ path }) => chosen.map((p) => points[p][path] ?? own[path])),
    })),
  };
}

/** What stands at a path of a configuration. */
function valueText(config: ExperimentConfig, path: string): string {
  const keys = [...path.matchAll(/"((?:[^"\\]|\\.)*)"|([^."]+)/g)].map((m) => m[1] ?? m[2]);
  let value: unknown = config;
  for (const key of keys) value = (value as Record<string, unknown> | undefined)?.[key];
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}
