/** True and predicted numbers of the used rows, aligned, with their weights. */
export interface Pairs {
  readonly truth: Float64Array;
  readonly prediction: Float64Array;
  readonly weights: Float64Array;
  readonly totalWeight: number;
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
