/** Statistics of scores that were measured again and again on overlapping training rows. */
import { normalTwoSided, tQuantile, tTwoSided } from "./distributions.ts";

/** A mean with its interval; NaN where there are fewer than two values. */
export interface MeanInterval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** A test of paired differences against zero. */
export interface PairedTest {
  /** Mean difference. */
  readonly mean: number;
  readonly statistic: number;
  /** Two-sided; NaN where there are too few pairs. */
  readonly p: number;
  /** Pairs behind it. */
  readonly pairs: number;
}

/**
 * The variance of a mean over resamples. Training sets overlap, so scores are dependent and s²/J is too
 * small; the correction is (1/J + n₂/n₁) s². @cite nadeau2003
 * @param ratio held-out rows over training rows, n₂/n₁.
 */
function correctedVariance(values: readonly number[], mean: number, ratio: number): number {
  const squares = values.reduce((sum, v) => sum + (v - mean) ** 2, 0);
  return (1 / values.length + ratio) * (squares / (values.length - 1));
}

function meanOf(values: readonly number[]): number {
  return values.length === 0 ? Number.NaN : values.reduce((a, b) => a + b, 0) / values.length;
}

/** The mean over folds × seeds with a corrected t interval. @cite nadeau2003 */
export function correctedInterval(
  values: readonly number[],
  ratio: number,
  level = 0.95,
): MeanInterval {
  const mean = meanOf(values);
  if (values.length < 2) return { mean, low: Number.NaN, high: Number.NaN };
  const quantile = tQuantile((1 + level) / 2, values.length - 1);
  const half = quantile * Math.sqrt(correctedVariance(values, mean, ratio));
  return { mean, low: mean - half, high: mean + half };
}

/** The corrected resampled t-test of paired differences. @cite nadeau2003 */
export function correctedResampledT(differences: readonly number[], ratio: number): PairedTest {
  const pairs = differences.length;
  const mean = meanOf(differences);
  if (pairs < 2) return { mean, statistic: Number.NaN, p: Number.NaN, pairs };
  const variance = correctedVariance(differences, mean, ratio);
  // The same scores everywhere are no evidence of a difference.
  if (variance === 0 && mean === 0) return { mean, statistic: 0, p: 1, pairs };
  const statistic = mean / Math.sqrt(variance);
  return { mean, statistic, p: tTwoSided(statistic, pairs - 1), pairs };
}

/** Most pairs for which the signed-rank distribution is counted out. */
const mostExact = 50;

/**
 * Wilcoxon's signed-rank test, two-sided; zero differences are left out. Exact without ties up to 50
 * pairs, else by the normal approximation with correction for ties. It takes pairs as independent,
 * which folds are not: read it beside the corrected t-test. @cite wilcoxon1945
 */
export function wilcoxonSignedRank(differences: readonly number[]): PairedTest {
  const mean = meanOf(differences);
  const kept = differences.filter((d) => d !== 0 && !Number.isNaN(d));
  const pairs = kept.length;
  if (pairs === 0) {
    return { mean, statistic: 0, p: differences.length > 0 ? 1 : Number.NaN, pairs };
  }
  const order = kept.map((d) => Math.abs(d)).sort((a, b) => a - b);
  const { rankOf, ties } = midRanks(order);
  let plus = 0;
  for (const d of kept) if (d > 0) plus += rankOf.get(Math.abs(d)) as number;
  const total = (pairs * (pairs + 1)) / 2;
  const statistic = Math.min(plus, total - plus);
  // Leaving zeros out changes the distribution as ties do.
  const exact = ties === 0 && pairs <= mostExact && pairs === differences.length;
  const p = exact ? exactSignedRank(statistic, pairs) : normalSignedRank(plus, pairs, ties);
  return { mean, statistic, p, pairs };
}

/** Ranks of sorted values, ties sharing their mean, and Σ (t³ − t) over ties. */
function midRanks(sorted: readonly number[]): { rankOf: Map<number, number>; ties: number } {
  const rankOf = new Map<number, number>();
  let ties = 0;
  for (let i = 0; i < sorted.length; ) {
    let j = i;
    while (j < sorted.length && sorted[j] === sorted[i]) j++;
    rankOf.set(sorted[i], (i + 1 + j) / 2);
    ties += (j - i) ** 3 - (j - i);
    i = j;
  }
  return { rankOf, ties };
}

/** Twice the chance of a rank sum of at most `statistic`: subsets of 1 … n are counted by their sum. */
function exactSignedRank(statistic: number, pairs: number): number {
  const total = (pairs * (pairs + 1)) / 2;
  const counts = new Float64Array(total + 1);
  counts[0] = 1;
  for (let rank = 1; rank <= pairs; rank++) {
    for (let sum = total; sum >= rank; sum--) counts[sum] += counts[sum - rank];
  }
  let below = 0;
  for (let sum = 0; sum <= statistic; sum++) below += counts[sum];
  return Math.min(1, (2 * below) / 2 ** pairs);
}

function normalSignedRank(plus: number, pairs: number, ties: number): number {
  const mean = (pairs * (pairs + 1)) / 4;
  const variance = (pairs * (pairs + 1) * (2 * pairs + 1)) / 24 - ties / 48;
  return variance > 0 ? normalTwoSided((plus - mean) / Math.sqrt(variance)) : 1;
}

/** Adjusts p-values of several tests so that their family-wise error is kept. @cite holm1979 */
export function holm(ps: readonly number[]): number[] {
  const order = ps.map((_, i) => i).filter((i) => !Number.isNaN(ps[i]));
  order.sort((a, b) => ps[a] - ps[b]);
  const adjusted = ps.map(() => Number.NaN);
  let largest = 0;
  order.forEach((i, rank) => {
    largest = Math.max(largest, Math.min(1, (order.length - rank) * ps[i]));
    adjusted[i] = largest;
  });
  return adjusted;
}
