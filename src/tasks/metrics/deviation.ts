import type { MetricRow, Outcome } from "./metric.ts";
import { argsort } from "./order.ts";
import { isConstant, type Paired, type Pairs, weightedMean } from "./pairs.ts";

export const rmse: MetricRow<Paired> = {
  title: "RMSE",
  summary: "Root of the mean squared difference between true and predicted value.",
  direction: "lower",
  range: [0, Number.POSITIVE_INFINITY],
  measure: ({ pairs }) => Math.sqrt(meanOf(pairs, (t, p) => (t - p) ** 2)),
};

export const mae: MetricRow<Paired> = {
  title: "MAE",
  summary: "Mean absolute difference between true and predicted value.",
  direction: "lower",
  range: [0, Number.POSITIVE_INFINITY],
  measure: ({ pairs }) => meanOf(pairs, (t, p) => Math.abs(t - p)),
};

export const r2: MetricRow<Paired> = {
  title: "R²",
  summary: "Share of the variance of the labels explained: 1 − squared error / variance.",
  direction: "higher",
  range: [Number.NEGATIVE_INFINITY, 1],
  cite: "hastie2009",
  measure: ({ pairs }) => {
    if (isConstant(pairs.truth)) return constantLabels(pairs);
    const centre = meanOf(pairs, (t) => t);
    return 1 - meanOf(pairs, (t, p) => (t - p) ** 2) / meanOf(pairs, (t) => (t - centre) ** 2);
  },
};

export const explainedVariance: MetricRow<Paired> = {
  title: "Explained variance",
  summary: "1 − variance of the errors / variance of the labels: R² that forgives a constant bias.",
  direction: "higher",
  range: [Number.NEGATIVE_INFINITY, 1],
  measure: ({ pairs }) => {
    if (isConstant(pairs.truth)) return constantLabels(pairs);
    const centre = meanOf(pairs, (t) => t);
    const bias = meanOf(pairs, (t, p) => t - p);
    const unexplained = meanOf(pairs, (t, p) => (t - p - bias) ** 2);
    return 1 - unexplained / meanOf(pairs, (t) => (t - centre) ** 2);
  },
};

export const medianAbsoluteError: MetricRow<Paired> = {
  title: "Median AE",
  summary: "Median of the absolute differences; the middle two are averaged.",
  direction: "lower",
  range: [0, Number.POSITIVE_INFINITY],
  measure: ({ pairs }) => {
    const errors = pairs.truth.map((t, i) => Math.abs(t - pairs.prediction[i]));
    return weightedMedian(errors, pairs.weights, pairs.totalWeight);
  },
};

export const mape: MetricRow<Paired> = {
  title: "MAPE",
  summary: "Mean of |true − predicted| / |true|, as a fraction; undefined where a label is 0.",
  direction: "lower",
  range: [0, Number.POSITIVE_INFINITY],
  measure: ({ pairs }) => {
    let zeros = 0;
    // Below the machine epsilon a ratio says nothing about the prediction.
    for (const t of pairs.truth) if (Math.abs(t) < Number.EPSILON) zeros++;
    if (zeros > 0) return { reason: `${zeros} of ${pairs.truth.length} labels are 0` };
    return meanOf(pairs, (t, p) => Math.abs(t - p) / Math.abs(t));
  },
};

function meanOf(pairs: Pairs, f: (truth: number, prediction: number) => number): number {
  const { truth, prediction } = pairs;
  return weightedMean(pairs.weights, pairs.totalWeight, (i) => f(truth[i], prediction[i]));
}

/** The least value with half of the weight at or below it, averaged with the next one on a draw. */
function weightedMedian(values: Float64Array, weights: Float64Array, total: number): number {
  const order = argsort(values);
  // Sums of weights such as 0.1 are off by rounding; a draw must not depend on that.
  const tolerance = 1e-12 * total;
  let below = 0;
  for (let i = 0; i < order.length; i++) {
    below += weights[order[i]];
    const excess = below - total / 2;
    if (excess > tolerance || i === order.length - 1) return values[order[i]];
    if (excess >= -tolerance) return (values[order[i]] + values[order[i + 1]]) / 2;
  }
  return Number.NaN;
}

function constantLabels(pairs: Pairs): Outcome {
  return {
    reason:
      pairs.truth.length === 1 ? "only one row has a label" : `every label is ${pairs.truth[0]}`,
  };
}
