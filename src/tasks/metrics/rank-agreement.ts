import { clampToUnit, type RankAgreement } from "./pairs.ts";

/** Both sides of pairs in memory, with their weights and the order of each side. */
export interface RankedPairs {
  readonly truth: Float64Array;
  readonly prediction: Float64Array;
  readonly weights: Float64Array;
  readonly totalWeight: number;
  readonly orders: { readonly truth: Int32Array; readonly prediction: Int32Array };
}

/** The rank correlations of pairs in memory, each computed when it is asked for. */
export function rankAgreement(pairs: RankedPairs): RankAgreement {
  return {
    get spearman() {
      return correlation(
        meanRanks(pairs.truth, pairs.orders.truth, pairs.weights),
        meanRanks(pairs.prediction, pairs.orders.prediction, pairs.weights),
        pairs,
      );
    },
    get kendall() {
      return tauB(pairs);
    },
  };
}

/** Ranks up to a shift: the weight below a value plus half of the weight of its ties. */
function meanRanks(values: Float64Array, order: Int32Array, weights: Float64Array): Float64Array {
  const ranks = new Float64Array(values.length);
  let below = 0;
  eachTie(values, order, (from, to) => {
    let tied = 0;
    for (let i = from; i < to; i++) tied += weights[order[i]];
    for (let i = from; i < to; i++) ranks[order[i]] = below + tied / 2;
    below += tied;
  });
  return ranks;
}

function correlation(x: Float64Array, y: Float64Array, pairs: RankedPairs): number {
  const { weights, totalWeight } = pairs;
  let mx = 0;
  let my = 0;
  for (let i = 0; i < x.length; i++) {
    mx += weights[i] * x[i];
    my += weights[i] * y[i];
  }
  mx /= totalWeight;
  my /= totalWeight;
  let xx = 0;
  let yy = 0;
  let xy = 0;
  for (let i = 0; i < x.length; i++) {
    const dx = x[i] - mx;
    const dy = y[i] - my;
    xx += weights[i] * dx * dx;
    yy += weights[i] * dy * dy;
    xy += weights[i] * dx * dy;
  }
  return clampToUnit(xy / Math.sqrt(xx * yy));
}

/**
 * Rows enter in order of their labels; a Fenwick tree over the ranks of the predictions tells how
 * much weight lies below and above each: O(n log n).
 */
function tauB({ truth, prediction, weights, totalWeight, orders }: RankedPairs): number {
  const n = truth.length;
  const byPrediction = orders.prediction;
  const level = new Int32Array(n);
  let levels = 0;
  let tiedPrediction = 0;
  eachTie(prediction, byPrediction, (from, to) => {
    let tied = 0;
    for (let i = from; i < to; i++) {
      level[byPrediction[i]] = levels;
      tied += weights[byPrediction[i]];
    }
    levels++;
    tiedPrediction += tied * tied;
  });
  const tree = new Float64Array(levels + 1);
  const weightUpTo = (last: number) => {
    let sum = 0;
    for (let i = last + 1; i > 0; i -= i & -i) sum += tree[i];
    return sum;
  };
  const byTruth = orders.truth;
  let entered = 0;
  let agreement = 0;
  let tiedTruth = 0;
  eachTie(truth, byTruth, (from, to) => {
    let tied = 0;
    for (let i = from; i < to; i++) {
      const row = byTruth[i];
      const below = weightUpTo(level[row] - 1);
      const above = entered - weightUpTo(level[row]);
      agreement += weights[row] * (below - above);
      tied += weights[row];
    }
    for (let i = from; i < to; i++) {
      const row = byTruth[i];
      for (let j = level[row] + 1; j <= levels; j += j & -j) tree[j] += weights[row];
    }
    entered += tied;
    tiedTruth += tied * tied;
  });
  // Pairs apart in one variable: half of the total squared less the squares of its ties.
  const apartTruth = (totalWeight * totalWeight - tiedTruth) / 2;
  const apartPrediction = (totalWeight * totalWeight - tiedPrediction) / 2;
  return clampToUnit(agreement / Math.sqrt(apartTruth) / Math.sqrt(apartPrediction));
}

/** Visits the runs of equal values in a sorted order. */
function eachTie(
  values: Float64Array,
  order: Int32Array,
  visit: (from: number, to: number) => void,
): void {
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && values[order[to]] === values[order[from]]) to++;
    visit(from, to);
    from = to;
  }
}
