import { type Held, isInBlocks } from "./blocks.ts";
import { expectedCalibrationError } from "./calibration.ts";
import { macroF1, microF1, weightedF1 } from "./decision.ts";
import {
  type EvaluateOptions,
  type Evaluation,
  evaluateTable,
  type MetricRow,
  metricTable,
} from "./metric.ts";
import { MultilabelBlocks } from "./multilabel-blocks.ts";
import { type MultilabelInput, MultilabelRows, type MultilabelScores } from "./multilabel-rows.ts";
import { logLossOf, prAuc, rocAuc, rocAucWeighted } from "./probability.ts";

/** Labelled rows made ready for the metrics. @throws as `MultilabelRows`. */
function multilabelScores(input: Held<MultilabelInput>): MultilabelScores {
  return isInBlocks(input) ? new MultilabelBlocks(input) : new MultilabelRows(input);
}

const hammingLoss: MetricRow<MultilabelScores> = {
  title: "Hamming loss",
  summary: "Share of known labels decided wrongly.",
  direction: "lower",
  range: [0, 1],
  measure: (rows) => rows.mean((held, cell) => (held.isRight(cell) ? 0 : 1)),
};

const subsetAccuracy: MetricRow<MultilabelScores> = {
  title: "Subset accuracy",
  summary: "Share of rows with all their known labels decided rightly.",
  direction: "higher",
  range: [0, 1],
  measure: ({ subset }) => subset.right / subset.weight,
};

const logLoss: MetricRow<MultilabelScores> = {
  title: "Log loss",
  summary:
    "Mean over known labels of the negative log-probability of the truth, clipped at 2.2e-16.",
  direction: "lower",
  range: [0, Number.POSITIVE_INFINITY],
  measure: (rows) =>
    rows.mean(({ truth, probability }, cell) =>
      logLossOf(truth[cell] === 1 ? probability[cell] : 1 - probability[cell]),
    ),
};

const brier: MetricRow<MultilabelScores> = {
  title: "Brier score",
  summary: "Mean over known labels of the squared difference between probability and truth.",
  direction: "lower",
  range: [0, 1],
  cite: "brier1950",
  measure: (rows) =>
    rows.mean(({ truth, probability }, cell) => (probability[cell] - truth[cell]) ** 2),
};

export const multilabelMetrics = metricTable(multilabelScores, {
  macroF1,
  microF1,
  weightedF1,
  hammingLoss,
  subsetAccuracy,
  rocAuc,
  rocAucWeighted,
  prAuc,
  logLoss,
  brier,
  expectedCalibrationError,
});

export type MultilabelMetric = keyof typeof multilabelMetrics;

/**
 * All metrics of label sets, or those named.
 * @throws ShapeError, DataError as `MultilabelRows`; ConfigError for an unknown metric.
 */
export function evaluateMultilabel(
  input: Held<MultilabelInput>,
  options?: EvaluateOptions<MultilabelMetric>,
): Evaluation<MultilabelMetric> {
  return evaluateTable(multilabelMetrics, multilabelScores(input), options);
}
