import { explainedVariance, mae, mape, medianAbsoluteError, r2, rmse } from "./deviation.ts";
import {
  type EvaluateOptions,
  type Evaluation,
  evaluateTable,
  metricTable,
  type Rows,
} from "./metric.ts";
import { type Paired, pairsOf } from "./pairs.ts";
import { kendall, spearman } from "./rank-correlation.ts";
import { badPrediction, badValue, requireLength, selectRows } from "./select.ts";

/** True and predicted numbers, one a row; a NaN label is missing. */
export interface RegressionInput {
  readonly truth: ArrayLike<number>;
  readonly prediction: ArrayLike<number>;
  readonly weights?: ArrayLike<number>;
}

export interface PairedRows extends Rows, Paired {}

/**
 * Selects and copies the labelled rows.
 * @throws ShapeError for arrays of unequal length; DataError for an infinite label or a bad weight.
 */
export function regressionRows(input: RegressionInput, kind = "regression"): PairedRows {
  const { truth, prediction, weights } = input;
  requireLength(kind, "predictions, one a row", prediction, truth.length);
  const chosen = selectRows(kind, truth.length, weights, (row) => !Number.isNaN(truth[row]));
  const pairs = pairsOf({
    truth: Float64Array.from(chosen.used, (row) => truth[row]),
    prediction: Float64Array.from(chosen.used, (row) => prediction[row]),
    weights: chosen.weights,
    totalWeight: chosen.totalWeight,
  });
  let problem: string | undefined;
  for (const row of chosen.used) {
    if (!Number.isFinite(truth[row])) throw badValue(kind, row, "a finite label", truth[row]);
    if (!Number.isFinite(prediction[row])) {
      problem ??= badPrediction(row, "prediction", prediction[row]);
    }
  }
  return { count: chosen.used.length, problem, pairs };
}

export const regressionMetrics = metricTable(regressionRows, {
  rmse,
  mae,
  r2,
  explainedVariance,
  medianAbsoluteError,
  mape,
  spearman,
  kendall,
});

export type RegressionMetric = keyof typeof regressionMetrics;

/**
 * All regression metrics, or those named.
 * @throws ShapeError, DataError as `regressionRows`; ConfigError for an unknown metric.
 */
export function evaluateRegression(
  input: RegressionInput,
  options?: EvaluateOptions<RegressionMetric>,
): Evaluation<RegressionMetric> {
  return evaluateTable(regressionMetrics, regressionRows(input), options);
}
