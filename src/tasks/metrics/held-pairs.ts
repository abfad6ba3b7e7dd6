import { argsort } from "./order.ts";
import { isConstant, type Pairs, weightedMean, weightedMedian } from "./pairs.ts";
import { rankAgreement } from "./rank-agreement.ts";

/** True and predicted numbers in memory, aligned, with their weights. */
export interface PairArrays {
  readonly truth: Float64Array;
  readonly prediction: Float64Array;
  readonly weights: Float64Array;
  readonly totalWeight: number;
}

/** Pairs in memory; each side is sorted once for all metrics that ask. */
export function heldPairs(arrays: PairArrays): Pairs {
  const { truth, prediction, weights, totalWeight } = arrays;
  let byTruth: Int32Array | undefined;
  let byPrediction: Int32Array | undefined;
  const orders = {
    get truth() {
      byTruth ??= argsort(truth);
      return byTruth;
    },
    get prediction() {
      byPrediction ??= argsort(prediction);
      return byPrediction;
    },
  };
  return {
    count: truth.length,
    totalWeight,
    mean: (f) => weightedMean(weights, totalWeight, (i) => f(truth[i], prediction[i])),
    median(f) {
      const values = truth.map((t, i) => f(t, prediction[i]));
      const order = argsort(values);
      let at = 0;
      return weightedMedian(totalWeight, () => {
        const i = order[at++];
        return i === undefined ? undefined : { value: values[i], weight: weights[i] };
      });
    },
    tally(holds) {
      let count = 0;
      for (let i = 0; i < truth.length; i++) if (holds(truth[i], prediction[i])) count++;
      return count;
    },
    only: {
      get truth() {
        return isConstant(truth) ? truth[0] : undefined;
      },
      get prediction() {
        return isConstant(prediction) ? prediction[0] : undefined;
      },
    },
    findPrediction: (holds) => prediction.find(holds),
    agreement: rankAgreement({ truth, prediction, weights, totalWeight, orders }),
  };
}
