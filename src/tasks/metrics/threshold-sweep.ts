import { argsort } from "./order.ts";

/**
 * What is called positive as the threshold falls through the distinct scores: entry `i` counts rows
 * with a score of at least `threshold[i]`.
 */
export interface ThresholdSweep {
  readonly threshold: Float64Array;
  /** Weight of true positives at each threshold. */
  readonly truePositives: Float64Array;
  /** Weight of false positives at each threshold. */
  readonly falsePositives: Float64Array;
  /** Weight of all positive rows. */
  readonly positives: number;
  /** Weight of all negative rows. */
  readonly negatives: number;
}

/** Sorts scores once and accumulates positives and negatives at each distinct score. */
export function sweepThresholds(
  scores: Float64Array,
  positive: ArrayLike<number>,
  weights: Float64Array,
): ThresholdSweep {
  const order = argsort(scores);
  const n = scores.length;
  const threshold = new Float64Array(n);
  const truePositives = new Float64Array(n);
  const falsePositives = new Float64Array(n);
  let size = 0;
  let positives = 0;
  let negatives = 0;
  for (let i = n - 1; i >= 0; ) {
    const score = scores[order[i]];
    for (; i >= 0 && scores[order[i]] === score; i--) {
      if (positive[order[i]] === 1) positives += weights[order[i]];
      else negatives += weights[order[i]];
    }
    threshold[size] = score;
    truePositives[size] = positives;
    falsePositives[size++] = negatives;
  }
  const cut = (values: Float64Array) => (size === n ? values : values.slice(0, size));
  return {
    threshold: cut(threshold),
    truePositives: cut(truePositives),
    falsePositives: cut(falsePositives),
    positives,
    negatives,
  };
}

/** Area under the ROC curve by trapezoids: ties between a positive and a negative count half. */
export function rocArea(sweep: ThresholdSweep): number {
  const { truePositives, falsePositives } = sweep;
  let area = 0;
  let tp = 0;
  let fp = 0;
  for (let i = 0; i < truePositives.length; i++) {
    area += ((falsePositives[i] - fp) * (truePositives[i] + tp)) / 2;
    tp = truePositives[i];
    fp = falsePositives[i];
  }
  return area / sweep.positives / sweep.negatives;
}

/** Average precision: the precision at each threshold, weighted by the recall gained there. */
export function averagePrecision(sweep: ThresholdSweep): number {
  const { truePositives, falsePositives } = sweep;
  let sum = 0;
  let tp = 0;
  for (let i = 0; i < truePositives.length; i++) {
    const called = truePositives[i] + falsePositives[i];
    sum += ((truePositives[i] - tp) * truePositives[i]) / called;
    tp = truePositives[i];
  }
  return sum / sweep.positives;
}

/** The two areas of one class against the rest; NaN where a side has no rows. */
export interface RankingAreas {
  readonly roc: number;
  readonly precisionRecall: number;
  readonly positives: number;
}

export function rankingAreas(sweep: ThresholdSweep): RankingAreas {
  const { positives, negatives } = sweep;
  return {
    roc: positives > 0 && negatives > 0 ? rocArea(sweep) : Number.NaN,
    precisionRecall: positives > 0 ? averagePrecision(sweep) : Number.NaN,
    positives,
  };
}

/** The mean of the values that exist, weighted if asked; undefined where none exists. */
export function meanOfDefined(
  areas: readonly RankingAreas[],
  value: (area: RankingAreas) => number,
  weight: (area: RankingAreas) => number = () => 1,
): number | undefined {
  let sum = 0;
  let total = 0;
  for (const area of areas) {
    if (Number.isNaN(value(area))) continue;
    sum += weight(area) * value(area);
    total += weight(area);
  }
  return total > 0 ? sum / total : undefined;
}
