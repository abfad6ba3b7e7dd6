import { BinaryBlocks } from "./binary-blocks.ts";
import { type BinaryInput, BinaryRows, type BinaryScores } from "./binary-rows.ts";
import { type Held, isInBlocks } from "./blocks.ts";
import { expectedCalibrationError } from "./calibration.ts";
import { type Confusion, confusionMatrix, type Tallies } from "./confusion.ts";
import { accuracy, balancedAccuracy, cohenKappa, macroF1, matthews } from "./decision.ts";
import {
  type EvaluateOptions,
  type Evaluation,
  evaluateTable,
  type MetricRow,
  metricTable,
  type Outcome,
} from "./metric.ts";
import { logLossOf } from "./probability.ts";

/** Labelled rows made ready for the metrics. @throws as `BinaryRows`. */
function binaryScores(input: Held<BinaryInput>): BinaryScores {
  return isInBlocks(input) ? new BinaryBlocks(input) : new BinaryRows(input);
}

const precision: MetricRow<BinaryScores> = {
  title: "Precision",
  summary: "Share of rows decided positive that are positive; 0 where none is decided positive.",
  direction: "higher",
  range: [0, 1],
  measure: ({ tallies }) =>
    missingClass(tallies, 1) ??
    (tallies.predicted[1] > 0 ? tallies.hits[1] / tallies.predicted[1] : 0),
};

const recall: MetricRow<BinaryScores> = {
  title: "Recall",
  summary: "Share of positive rows decided positive.",
  direction: "higher",
  range: [0, 1],
  measure: ({ tallies }) => missingClass(tallies, 1) ?? tallies.hits[1] / tallies.support[1],
};

const f1: MetricRow<BinaryScores> = {
  title: "F1",
  summary: "Harmonic mean of precision and recall of class 1.",
  direction: "higher",
  range: [0, 1],
  measure: ({ tallies }) =>
    missingClass(tallies, 1) ?? (2 * tallies.hits[1]) / (tallies.predicted[1] + tallies.support[1]),
};

const rocAuc: MetricRow<BinaryScores> = {
  title: "ROC AUC",
  summary: "Chance that a positive row scores above a negative one, ties counting half.",
  direction: "higher",
  range: [0, 1],
  cite: "fawcett2006",
  measure: (rows) =>
    missingClass(rows.tallies, 0) ?? missingClass(rows.tallies, 1) ?? rows.area.roc,
};

const prAuc: MetricRow<BinaryScores> = {
  title: "PR AUC",
  summary: "Average precision: precision at each threshold, weighted by the recall gained there.",
  direction: "higher",
  range: [0, 1],
  measure: (rows) => missingClass(rows.tallies, 1) ?? rows.area.precisionRecall,
};

const logLoss: MetricRow<BinaryScores> = {
  title: "Log loss",
  summary: "Mean negative log-probability of the true class, clipped at 2.2e-16.",
  direction: "lower",
  range: [0, Number.POSITIVE_INFINITY],
  measure: (rows) => rows.mean((t, p) => logLossOf(t === 1 ? p : 1 - p)),
};

const brier: MetricRow<BinaryScores> = {
  title: "Brier score",
  summary: "Mean squared difference between the probability of class 1 and the label.",
  direction: "lower",
  range: [0, 1],
  cite: "brier1950",
  measure: (rows) => rows.mean((t, p) => (p - t) ** 2),
};

export const binaryMetrics = metricTable(binaryScores, {
  accuracy,
  balancedAccuracy,
  precision,
  recall,
  f1,
  macroF1,
  rocAuc,
  prAuc,
  logLoss,
  brier,
  expectedCalibrationError,
  matthews,
  cohenKappa,
});

export type BinaryMetric = keyof typeof binaryMetrics;

/**
 * All metrics of two classes, or those named.
 * @throws ShapeError, DataError as `BinaryRows`; ConfigError for an unknown metric.
 */
export function evaluateBinary(
  input: Held<BinaryInput>,
  options?: EvaluateOptions<BinaryMetric>,
): Evaluation<BinaryMetric> {
  return evaluateTable(binaryMetrics, binaryScores(input), options);
}

/** The 2 × 2 confusion matrix of the labelled rows. */
export function binaryConfusion(input: BinaryInput): Confusion {
  const rows = new BinaryRows(input);
  return confusionMatrix(rows.truth, rows.predicted, rows.weights, 2);
}

function missingClass({ support }: Tallies, c: 0 | 1): Outcome | undefined {
  return support[c] > 0 ? undefined : { reason: `every label is ${1 - c}` };
}
