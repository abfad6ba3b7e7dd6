import type { MetricRow, Outcome } from "./metric.ts";
import type { Paired, Pairs } from "./pairs.ts";

export const rmse: MetricRow<Paired> = {
  title: "RMSE",
  summary: "Root of the mean squared difference between true and predicted value.",
  direction: "lower",
  range: [0, Number.POSITIVE_INFINITY],
  measure: ({ pairs }) => Math.sqrt(pairs.mean((t, p) => (t - p) ** 2)),
};

export const mae: MetricRow<Paired> = {
  title: "MAE",
  summary: "Mean absolute difference between true and predicted value.",
  direction: "lower",
  range: [0, Number.POSITIVE_INFINITY],
  measure: ({ pairs }) => pairs.mean((t, p) => Math.abs(t - p)),
};

export const r2: MetricRow<Paired> = {
  title: "R²",
  summary: "Share of the variance of the labels explained: 1 − squared error / variance.",
  direction: "higher",
  range: [Number.NEGATIVE_INFINITY, 1],
  cite: "hastie2009",
  measure: ({ pairs }) => {
    if (pairs.only.truth !== undefined) return constantLabels(pairs);
    const centre = pairs.mean((t) => t);
    return 1 - pairs.mean((t, p) => (t - p) ** 2) / pairs.mean((t) => (t - centre) ** 2);
  },
};

export const explainedVariance: MetricRow<Paired> = {
  title: "Explained variance",
  summary: "1 − variance of the errors / variance of the labels: R² that forgives a constant bias.",
  direction: "higher",
  range: [Number.NEGATIVE_INFINITY, 1],
  measure: ({ pairs }) => {
    if (pairs.only.truth !== undefined) return constantLabels(pairs);
    const centre = pairs.mean((t) => t);
    const bias = pairs.mean((t, p) => t - p);
    const unexplained = pairs.mean((t, p) => (t - p - bias) ** 2);
    return 1 - unexplained / pairs.mean((t) => (t - centre) ** 2);
  },
};

export const medianAbsoluteError: MetricRow<Paired> = {
  title: "Median AE",
  summary: "Median of the absolute differences; the middle two are averaged.",
  direction: "lower",
  range: [0, Number.POSITIVE_INFINITY],
  measure: ({ pairs }) => pairs.median((t, p) => Math.abs(t - p)),
};

export const mape: MetricRow<Paired> = {
  title: "MAPE",
  summary: "Mean of |true − predicted| / |true|, as a fraction; undefined where a label is 0.",
  direction: "lower",
  range: [0, Number.POSITIVE_INFINITY],
  measure: ({ pairs }) => {
    // Below the machine epsilon a ratio says nothing about the prediction.
    const zeros = pairs.tally((t) => Math.abs(t) < Number.EPSILON);
    if (zeros > 0) return { reason: `${zeros} of ${pairs.count} labels are 0` };
    return pairs.mean((t, p) => Math.abs(t - p) / Math.abs(t));
  },
};

function constantLabels({ count, only }: Pairs): Outcome {
  return { reason: count === 1 ? "only one row has a label" : `every label is ${only.truth}` };
}
