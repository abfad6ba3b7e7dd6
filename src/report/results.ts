import { isMeasured } from "./format.ts";
import type { MetricRow, Part, RunRecord, ScoredPart, TaskDetail, TaskRecord } from "./record.ts";

/** What can be said about a model against its baseline. */
export type Verdict = "above" | "unclear" | "below" | "unmeasured";

/** Parts that results are read from, best evidence first. */
const evidence: readonly ScoredPart[] = ["test", "validation"];

/** The parts in the order of training, with their names in running text. */
export const partNames: Readonly<Record<Part, string>> = {
  train: "training",
  validation: "validation",
  test: "test",
};

/** The task's primary metric: on test rows if measured there, else on validation rows, else any row of it. */
export function primaryRow(task: TaskRecord): MetricRow | undefined {
  const rows = task.metrics.filter((row) => row.metric === task.primary);
  for (const part of evidence) {
    const found = rows.find((row) => row.part === part && isMeasured(row.model));
    if (found) return found;
  }
  return rows.find((row) => row.part === "test") ?? rows[0];
}

/**
 * The share of the way from the baseline to a perfect model that the model went (a skill score): 0 is no better than
 * the baseline, 1 is perfect, negative is worse. `undefined` where a value is missing or the baseline is perfect already.
 */
export function gainOf(row: MetricRow, value: number | null = row.model): number | undefined {
  if (!isMeasured(value) || !isMeasured(row.baseline) || !isMeasured(row.ideal)) return undefined;
  const way = row.ideal - row.baseline;
  return way === 0 ? undefined : (value - row.baseline) / way;
}

/** The interval of the gain, lower end first. */
export function gainInterval(row: MetricRow): readonly [number, number] | undefined {
  if (!row.interval) return undefined;
  const ends = row.interval.map((end) => gainOf(row, end));
  const [a, b] = ends;
  return a === undefined || b === undefined ? undefined : [Math.min(a, b), Math.max(a, b)];
}

/** Difference to the baseline, in units of the metric, positive when better. */
export function advantageOf(row: MetricRow): number | undefined {
  if (!isMeasured(row.model) || !isMeasured(row.baseline)) return undefined;
  return row.better === "higher" ? row.model - row.baseline : row.baseline - row.model;
}

/**
 * Whether the model is above its baseline. With an interval, `above` and `below` mean that the baseline lies outside of
 * it; without one, any difference decides.
 */
export function verdictOf(row: MetricRow | undefined): Verdict {
  const advantage = row && advantageOf(row);
  if (!row || advantage === undefined) return "unmeasured";
  const [low, high] = row.interval ?? [null, null];
  if (isMeasured(low) && isMeasured(high)) {
    const baseline = row.baseline as number;
    if (baseline >= Math.min(low, high) && baseline <= Math.max(low, high)) return "unclear";
  }
  return advantage > 0 ? "above" : advantage < 0 ? "below" : "unclear";
}

/** One sentence that answers whether the run learned. */
export function headlineOf(record: RunRecord): string {
  const verdicts = record.tasks.map((task) => verdictOf(primaryRow(task)));
  const total = verdicts.length;
  const count = (verdict: Verdict) => verdicts.filter((v) => v === verdict).length;
  const above = count("above");
  const tasks = total === 1 ? "the task" : `all ${total} tasks`;
  if (count("unmeasured") === total) {
    return `Not measured: no validation or test rows with labels for ${tasks}.`;
  }
  if (above === total)
    return `Learned ${tasks}: better than the baseline${total > 1 ? " on each" : ""}.`;
  const rest = [
    phrase(count("unclear"), "not distinguishable from it"),
    phrase(count("below"), "worse than it"),
    phrase(count("unmeasured"), "not measured"),
  ].filter(Boolean);
  if (above === 0) {
    const start = total === 1 ? "Not learned" : `Learned none of ${total} tasks`;
    return `${start} against the baseline: ${rest.join(", ")}.`;
  }
  return `Learned ${above} of ${total} tasks: better than the baseline on ${above}, ${rest.join(", ")}.`;

  function phrase(n: number, text: string): string {
    return n === 0 ? "" : total === 1 ? text : `${n} ${text}`;
  }
}

/** The details to show for a task: of the part that the results are read from. */
export function detailOf(task: TaskRecord): TaskDetail | undefined {
  for (const part of evidence) {
    const found = task.details?.find((detail) => detail.part === part);
    if (found && found.rows > 0) return found;
  }
  return undefined;
}

/** The parts that the task has metrics for, in the order validation, test. */
export function scoredParts(task: TaskRecord): ScoredPart[] {
  return (["validation", "test"] as const).filter((part) =>
    task.metrics.some((row) => row.part === part),
  );
}

/** The baseline's value of the primary metric on validation rows, to compare learning curves with. */
export function validationBaseline(task: TaskRecord): number | undefined {
  const row = task.metrics.find((m) => m.metric === task.primary && m.part === "validation");
  return row && isMeasured(row.baseline) ? row.baseline : undefined;
}

/** How the task's primary metric is written. */
export function metricTitle(row: Pick<MetricRow, "metric" | "title">): string {
  return row.title ?? row.metric;
}
