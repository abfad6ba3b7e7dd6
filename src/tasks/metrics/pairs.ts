/** True and predicted numbers of the used rows, as metrics ask for them. */
export interface Pairs {
  /** Pairs there are; never 0 where a metric is measured. */
  readonly count: number;
  readonly totalWeight: number;
  /** The weighted mean of a function of truth and prediction. */
  mean(f: (truth: number, prediction: number) => number): number;
  /** Its least value with half of the weight at or below it, averaged with the next one on a draw. */
  median(f: (truth: number, prediction: number) => number): number;
  /** How many pairs something holds for. */
  tally(holds: (truth: number, prediction: number) => boolean): number;
  /** The number that all of a side are; undefined where they differ. */
  readonly only: { readonly truth: number | undefined; readonly prediction: number | undefined };
  /** The first prediction that something holds for. */
  findPrediction(holds: (prediction: number) => boolean): number | undefined;
  /** How alike both sides are ordered, where neither is constant. */
  readonly agreement: RankAgreement;
}

/** Correlations of the orders of two sides. */
export interface RankAgreement {
  /** Spearman's ρ */
  readonly spearman: number;
  /** Kendall's τ-b */
  readonly kendall: number;
}

/** Rows that hold, or can be seen as, pairs of numbers. */
export interface Paired {
  readonly pairs: Pairs;
}

/** The weighted mean of `value(i)` over rows. */
export function weightedMean(
  weights: Float64Array,
  totalWeight: number,
  value: (i: number) => number,
): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += weights[i] * value(i);
  return sum / totalWeight;
}

/** True where all numbers are the same. */
export function isConstant(values: ArrayLike<number>): boolean {
  for (let i = 1; i < values.length; i++) if (values[i] !== values[0]) return false;
  return true;
}

/** Puts a correlation that rounding moved past its bounds back on them. */
export function clampToUnit(value: number): number {
  return Math.min(1, Math.max(-1, value));
}

/**
 * The median of values that come in ascending order, with their weights: the least with half of the
 * weight at or below it, averaged with the next one on a draw.
 * @param next the next value and its weight, undefined after the last.
 */
export function weightedMedian(
  total: number,
  next: () => { readonly value: number; readonly weight: number } | undefined,
): number {
  // Sums of weights such as 0.1 are off by rounding; a draw must not depend on that.
  const tolerance = 1e-12 * total;
  let below = 0;
  let last = Number.NaN;
  for (let found = next(); found !== undefined; found = next()) {
    const { value, weight } = found;
    below += weight;
    const excess = below - total / 2;
    if (excess > tolerance) return value;
    if (excess >= -tolerance) {
      const after = next();
      return after === undefined ? value : (value + after.value) / 2;
    }
    last = value;
  }
  return last;
}
