import { mae, rmse } from "./deviation.ts";
import { logGamma } from "./log-gamma.ts";
import {
  type EvaluateOptions,
  type Evaluation,
  evaluateTable,
  type MetricRow,
  metricTable,
  type Outcome,
} from "./metric.ts";
import { isConstant, type Paired, type Pairs, weightedMean } from "./pairs.ts";
import { kendall, spearman } from "./rank-correlation.ts";
import { type PairedRows, regressionRows } from "./regression.ts";
import { badValue } from "./select.ts";

/** True counts and predicted means, one a row; a NaN label is missing. */
export interface CountInput {
  readonly truth: ArrayLike<number>;
  readonly mean: ArrayLike<number>;
  readonly weights?: ArrayLike<number>;
}

/**
 * Selects and copies the labelled rows.
 * @throws ShapeError for arrays of unequal length; DataError for a negative or infinite label or a
 * bad weight.
 */
export function countRows({ truth, mean, weights }: CountInput): PairedRows {
  for (let row = 0; row < truth.length; row++) {
    if (truth[row] < 0) throw badValue("count", row, "a label of 0 or more", truth[row]);
  }
  return regressionRows({ truth, prediction: mean, weights }, "count");
}

const poissonDeviance: MetricRow<Paired> = {
  title: "Poisson deviance",
  summary:
    "Mean of 2 (y log(y / μ) − y + μ): twice the log-likelihood lost against a perfect model.",
  direction: "lower",
  range: [0, Number.POSITIVE_INFINITY],
  cite: "hastie2009",
  measure: ({ pairs }) => notPositive(pairs) ?? deviance(pairs, (i) => pairs.prediction[i]),
};

const d2: MetricRow<Paired> = {
  title: "D²",
  summary: "Share of the Poisson deviance explained: 1 − deviance / deviance of the mean label.",
  direction: "higher",
  range: [Number.NEGATIVE_INFINITY, 1],
  measure: ({ pairs }) => {
    const reason = notPositive(pairs);
    if (reason !== undefined) return reason;
    if (isConstant(pairs.truth)) return { reason: `every label is ${pairs.truth[0]}` };
    const mean = weightedMean(pairs.weights, pairs.totalWeight, (i) => pairs.truth[i]);
    return 1 - deviance(pairs, (i) => pairs.prediction[i]) / deviance(pairs, () => mean);
  },
};

const logLikelihood: MetricRow<Paired> = {
  title: "Log-likelihood",
  summary: "Mean Poisson log-likelihood of a row: y log μ − μ − log y!.",
  direction: "higher",
  range: [Number.NEGATIVE_INFINITY, 0],
  measure: ({ pairs }) => {
    const { truth, prediction } = pairs;
    return (
      notPositive(pairs) ??
      weightedMean(pairs.weights, pairs.totalWeight, (i) => {
        return truth[i] * Math.log(prediction[i]) - prediction[i] - logGamma(truth[i] + 1);
      })
    );
  },
};

export const countMetrics = metricTable(countRows, {
  poissonDeviance,
  d2,
  logLikelihood,
  rmse,
  mae,
  spearman,
  kendall,
});

export type CountMetric = keyof typeof countMetrics;

/**
 * All metrics of counts, or those named.
 * @throws ShapeError, DataError as `countRows`; ConfigError for an unknown metric.
 */
export function evaluateCount(
  input: CountInput,
  options?: EvaluateOptions<CountMetric>,
): Evaluation<CountMetric> {
  return evaluateTable(countMetrics, countRows(input), options);
}

function deviance({ truth, weights, totalWeight }: Pairs, mean: (i: number) => number): number {
  return weightedMean(weights, totalWeight, (i) => {
    const y = truth[i];
    const mu = mean(i);
    return 2 * ((y === 0 ? 0 : y * Math.log(y / mu)) - y + mu);
  });
}

function notPositive({ prediction }: Pairs): Outcome | undefined {
  const bad = prediction.find((mean) => mean <= 0);
  return bad === undefined ? undefined : { reason: `a predicted mean is ${bad}` };
}
