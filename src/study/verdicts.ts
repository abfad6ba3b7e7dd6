/** From scores over folds and seeds to what they say. */
import {
  correctedInterval,
  correctedResampledT,
  holm,
  type MeanInterval,
  wilcoxonSignedRank,
} from "./statistics.ts";

export type Verdict = "helps" | "no difference" | "hurts";

/** How sure a verdict must be, after Holm's adjustment over tasks. */
export const significance = 0.05;

/** Scores of a task under a regime, one a repetition and fold in the same order; NaN = none. */
export type Scores = Readonly<Record<string, readonly number[]>>;

export interface ComparedTask {
  readonly name: string;
  readonly metric: string;
  readonly better: "higher" | "lower";
  readonly regimes: Scores;
}

/** A regime against the reference on one task. */
export interface Against extends MeanInterval {
  /** Pairs behind the tests. */
  readonly pairs: number;
  /** Corrected resampled t-test, as it came and adjusted over tasks. */
  readonly p: number;
  readonly adjusted: number;
  /** Wilcoxon's signed-rank test, not adjusted. */
  readonly wilcoxon: number;
  readonly verdict: Verdict;
}

/** The scores of every regime on one task, and each regime against the reference. */
export interface JudgedTask {
  readonly name: string;
  readonly metric: string;
  readonly better: "higher" | "lower";
  readonly scores: Readonly<Record<string, MeanInterval & { readonly measured: number }>>;
  /** Differences turned so that above 0 is better. */
  readonly against: Readonly<Record<string, Against>>;
}

/**
 * Compares every regime with a reference on every task, on pairs of the same fold and seed.
 * @param ratio held-out rows over training rows.
 */
export function judge(
  tasks: readonly ComparedTask[],
  regimes: readonly string[],
  reference: string,
  ratio: number,
): JudgedTask[] {
  const tests = regimes
    .filter((r) => r !== reference)
    .map((regime) => {
      const found = tasks.map((task) => {
        const d = differences(task, regime, reference);
        const test = correctedResampledT(d, ratio);
        return {
          ...correctedInterval(d, ratio),
          pairs: d.length,
          p: test.p,
          wilcoxon: wilcoxonSignedRank(d).p,
        };
      });
      const adjusted = holm(found.map((f) => f.p));
      return [
        regime,
        found.map(
          (f, i): Against => ({
            ...f,
            adjusted: adjusted[i],
            verdict: verdictOf(f.mean, adjusted[i]),
          }),
        ),
      ] as const;
    });
  return tasks.map((task, i) => ({
    name: task.name,
    metric: task.metric,
    better: task.better,
    scores: Object.fromEntries(
      regimes.map((regime) => {
        const values = (task.regimes[regime] ?? []).filter((v) => Number.isFinite(v));
        return [regime, { ...correctedInterval(values, ratio), measured: values.length }];
      }),
    ),
    against: Object.fromEntries(tests.map(([regime, list]) => [regime, list[i]])),
  }));
}

function differences(task: ComparedTask, regime: string, reference: string): number[] {
  const sign = task.better === "higher" ? 1 : -1;
  const base = task.regimes[reference] ?? [];
  return (task.regimes[regime] ?? [])
    .map((value, i) => sign * (value - base[i]))
    .filter((d) => Number.isFinite(d));
}

function verdictOf(mean: number, p: number): Verdict {
  if (!(p < significance) || mean === 0) return "no difference";
  return mean > 0 ? "helps" : "hurts";
}

/** A regime against the reference over all tasks at once. */
export interface OverallTest extends MeanInterval {
  readonly p: number;
  readonly verdict: Verdict;
}

/**
 * The mean over tasks of the relative improvement in each fold, and the corrected resampled t-test of it:
 * what many tasks show together although none does by itself. Scales are the tasks' mean scores under the
 * reference.
 * @param ratio held-out rows over training rows.
 */
export function judgeTogether(
  tasks: readonly ComparedTask[],
  regime: string,
  reference: string,
  ratio: number,
): OverallTest {
  const sums: { sum: number; count: number }[] = [];
  for (const task of tasks) {
    const base = task.regimes[reference] ?? [];
    const known = base.filter((v) => Number.isFinite(v));
    const scale = Math.abs(known.reduce((a, b) => a + b, 0) / known.length);
    const sign = task.better === "higher" ? 1 : -1;
    for (const [place, value] of (task.regimes[regime] ?? []).entries()) {
      const share = (sign * (value - base[place])) / scale;
      sums[place] ??= { sum: 0, count: 0 };
      if (!Number.isFinite(share)) continue;
      sums[place].sum += share;
      sums[place].count++;
    }
  }
  const gains = sums.flatMap(({ sum, count }) => (count > 0 ? [sum / count] : []));
  const { p } = correctedResampledT(gains, ratio);
  const interval = correctedInterval(gains, ratio);
  return { ...interval, p, verdict: verdictOf(interval.mean, p) };
}

/**
 * Δm: the mean over tasks of the relative improvement over a reference, turned so that above 0 is
 * better. NaN where no task has both scores. @cite maninis2019
 */
export function relativeImprovement(
  tasks: readonly JudgedTask[],
  regime: string,
  reference: string,
): number {
  const shares = tasks.flatMap((task) => {
    const base = task.scores[reference]?.mean;
    const value = task.scores[regime]?.mean;
    const share = ((task.better === "higher" ? 1 : -1) * (value - base)) / Math.abs(base);
    return Number.isFinite(share) ? [share] : [];
  });
  return shares.reduce((a, b) => a + b, 0) / shares.length;
}
