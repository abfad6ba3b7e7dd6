/** From scores over folds and seeds to one number a trial. */

/** The scores of a trial, a task: one a fold and repetition in the same order, NaN where there is none. */
export type TrialValues = Readonly<Record<string, readonly number[]>>;

export interface JudgedMetric {
  readonly name: string;
  readonly better: "higher" | "lower";
}

/** What `mean` and `error` of a trial are in: shares, ranks, or a task's own metric. */
export type ObjectiveUnit = "share" | "ranks" | "metric";

/** How much better a trial is than the reference, above 0 being better. */
export interface TrialGain {
  /** Mean over folds × seeds; NaN where it could not be measured. */
  readonly mean: number;
  /** Standard error of that mean. */
  readonly error: number;
}

/** What an objective's numbers are in. */
export function unitOf(objective: string): ObjectiveUnit {
  return objective === "deltaM" ? "share" : objective === "meanRank" ? "ranks" : "metric";
}

/**
 * How much better trials are than a reference, on the same folds:
 *
 * - `deltaM`: mean over tasks of the relative improvement, a share. @cite maninis2019
 * - `meanRank`: by how many ranks, among these trials and the reference, averaged over tasks; ties share
 *   their ranks. It changes with the trials that are compared.
 * - a task's name: the difference of its metric, turned so that above 0 is better.
 *
 * A trial without scores in some fold that the reference has gets NaN.
 */
export function gainsOf(
  objective: string,
  tasks: readonly JudgedMetric[],
  reference: TrialValues,
  trials: readonly TrialValues[],
): TrialGain[] {
  const sign = (task: JudgedMetric) => (task.better === "higher" ? 1 : -1);
  const of = unitOf(objective);
  const judged = of === "metric" ? tasks.filter((t) => t.name === objective) : tasks;
  const everyone = [reference, ...trials];
  return trials.map((trial, k) => {
    const gains = judged.map((task) => {
      const before = reference[task.name];
      const now = trial[task.name];
      if (of === "ranks")
        return now.map((value, place) => {
          if (!Number.isFinite(value) || !Number.isFinite(before[place])) return Number.NaN;
          const column = everyone.map((one) => sign(task) * one[task.name][place]);
          return rankOf(column, 0) - rankOf(column, k + 1);
        });
      const scale = of === "share" ? Math.abs(meanOf(before)) : 1;
      return now.map((value, place) => (sign(task) * (value - before[place])) / scale);
    });
    const places = (gains[0] ?? []).flatMap((_, place) => {
      const known = gains.map((list) => list[place]).filter((g) => Number.isFinite(g));
      return known.length > 0 ? [meanOf(known)] : [];
    });
    return meanAndError(places);
  });
}

/** The rank of one of several numbers, 1 for the greatest; equal ones share the mean of theirs. */
function rankOf(values: readonly number[], which: number): number {
  const own = values[which];
  const above = values.filter((v) => v > own).length;
  const same = values.filter((v) => v === own).length;
  return above + (same + 1) / 2;
}

/** The mean of some numbers and its standard error. */
export function meanAndError(values: readonly number[]): TrialGain {
  const mean = meanOf(values);
  const squares = values.reduce((sum, v) => sum + (v - mean) ** 2, 0);
  return { mean, error: Math.sqrt(squares / (values.length - 1) / values.length) };
}

/** The mean of the finite ones among some numbers; NaN where there is none. */
export function meanOf(values: readonly number[]): number {
  const known = values.filter((v) => Number.isFinite(v));
  return known.reduce((a, b) => a + b, 0) / known.length;
}
