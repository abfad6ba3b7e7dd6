import type { Held } from "./blocks.ts";
import { explainedVariance, mae, mape, medianAbsoluteError, r2, rmse } from "./deviation.ts";
import { type EvaluateOptions, type Evaluation, evaluateTable, metricTable } from "./metric.ts";
import { type PairInput, pairRows } from "./pair-rows.ts";
import { kendall, spearman } from "./rank-correlation.ts";

/** True and predicted numbers, one a row; a NaN label is missing. */
export type RegressionInput = PairInput;

export const regressionMetrics = metricTable(
  (input: Held<RegressionInput>) => pairRows(input, "regression"),
  {
    rmse,
    mae,
    r2,
    explainedVariance,
    medianAbsoluteError,
    mape,
    spearman,
    kendall,
  },
);

export type RegressionMetric = keyof typeof regressionMetrics;

/**
 * All regression metrics, or those named.
 * @throws ShapeError, DataError as `pairRows`; ConfigError for an unknown metric.
 */
export function evaluateRegression(
  input: Held<RegressionInput>,
  options?: EvaluateOptions<RegressionMetric>,
): Evaluation<RegressionMetric> {
  return evaluateTable(regressionMetrics, pairRows(input, "regression"), options);
}
