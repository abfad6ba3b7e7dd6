import { argsort } from "./order.ts";

/** True and predicted numbers of the used rows, aligned, with their weights. */
export interface Pairs {
  readonly truth: Float64Array;
  readonly prediction: Float64Array;
  readonly weights: Float64Array;
  readonly totalWeight: number;
  readonly orders: PairOrders;
}

/** The orders of both sides, each sorted once for all metrics that ask. */
export interface PairOrders {
  readonly truth: Int32Array;
  readonly prediction: Int32Array;
}

/** Pairs of rows, in order. */
export function pairsOf(rows: Omit<Pairs, "orders">): Pairs {
  let truth: Int32Array | undefined;
  let prediction: Int32Array | undefined;
  const orders: PairOrders = {
    get truth() {
      truth ??= argsort(rows.truth);
      return truth;
    },
    get prediction() {
      prediction ??= argsort(rows.prediction);
      return prediction;
    },
  };
  return { ...rows, orders };
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
