import { type Confidences, expectedCalibrationError } from "./calibration.ts";
import { type Confusion, confusionMatrix, type Tallies, tallyClasses } from "./confusion.ts";
import { accuracy, balancedAccuracy, cohenKappa, macroF1, matthews } from "./decision.ts";
import {
  type EvaluateOptions,
  type Evaluation,
  evaluateTable,
  type MetricRow,
  metricTable,
  type Outcome,
  type Rows,
} from "./metric.ts";
import { weightedMean } from "./pairs.ts";
import { logLossOf } from "./probability.ts";
import { badPrediction, badValue, isProbability, requireLength, selectRows } from "./select.ts";
import {
  averagePrecision,
  rocArea,
  sweepThresholds,
  type ThresholdSweep,
} from "./threshold-sweep.ts";

/** True class (0 or 1; NaN is missing) and predicted probability of class 1, one a row. */
export interface BinaryInput {
  readonly truth: ArrayLike<number>;
  readonly probability: ArrayLike<number>;
  readonly weights?: ArrayLike<number>;
}

/** Labelled rows; class 1 is decided for where its probability is greater than 0.5. */
export class BinaryRows implements Rows {
  readonly count: number;
  readonly problem: string | undefined;
  readonly truth: Int32Array;
  readonly probability: Float64Array;
  readonly predicted: Int32Array;
  readonly weights: Float64Array;
  readonly totalWeight: number;
  private cachedSweep: ThresholdSweep | undefined;
  private cachedTallies: Tallies | undefined;

  /**
   * @throws ShapeError for arrays of unequal length; DataError for a label other than 0 and 1 or a
   * bad weight.
   */
  constructor({ truth, probability, weights }: BinaryInput) {
    requireLength("binary", "probabilities, one a row", probability, truth.length);
    const chosen = selectRows("binary", truth.length, weights, (row) => !Number.isNaN(truth[row]));
    this.count = chosen.used.length;
    this.weights = chosen.weights;
    this.totalWeight = chosen.totalWeight;
    this.truth = Int32Array.from(chosen.used, (row) => truth[row]);
    this.probability = Float64Array.from(chosen.used, (row) => probability[row]);
    this.predicted = Int32Array.from(this.probability, (p) => (p > 0.5 ? 1 : 0));
    for (const row of chosen.used) {
      if (truth[row] !== 0 && truth[row] !== 1) {
        throw badValue("binary", row, "a label of 0 or 1", truth[row]);
      }
      if (!isProbability(probability[row])) {
        this.problem ??= badPrediction(row, "probability", probability[row]);
      }
    }
  }

  get tallies(): Tallies {
    this.cachedTallies ??= tallyClasses(this.truth, this.predicted, this.weights, 2);
    return this.cachedTallies;
  }

  get sweep(): ThresholdSweep {
    this.cachedSweep ??= sweepThresholds(this.probability, this.truth, this.weights);
    return this.cachedSweep;
  }

  get confidences(): Confidences {
    const { truth, predicted, probability, weights } = this;
    return {
      confidence: probability.map((p) => Math.max(p, 1 - p)),
      correct: Uint8Array.from(truth, (t, i) => (t === predicted[i] ? 1 : 0)),
      weights,
    };
  }
}

const precision: MetricRow<BinaryRows> = {
  title: "Precision",
  summary: "Share of rows decided positive that are positive; 0 where none is decided positive.",
  direction: "higher",
  range: [0, 1],
  measure: ({ tallies }) =>
    missingClass(tallies, 1) ??
    (tallies.predicted[1] > 0 ? tallies.hits[1] / tallies.predicted[1] : 0),
};

const recall: MetricRow<BinaryRows> = {
  title: "Recall",
  summary: "Share of positive rows decided positive.",
  direction: "higher",
  range: [0, 1],
  measure: ({ tallies }) => missingClass(tallies, 1) ?? tallies.hits[1] / tallies.support[1],
};

const f1: MetricRow<BinaryRows> = {
  title: "F1",
  summary: "Harmonic mean of precision and recall of class 1.",
  direction: "higher",
  range: [0, 1],
  measure: ({ tallies }) =>
    missingClass(tallies, 1) ?? (2 * tallies.hits[1]) / (tallies.predicted[1] + tallies.support[1]),
};

const rocAuc: MetricRow<BinaryRows> = {
  title: "ROC AUC",
  summary: "Chance that a positive row scores above a negative one, ties counting half.",
  direction: "higher",
  range: [0, 1],
  cite: "fawcett2006",
  measure: (rows) =>
    missingClass(rows.tallies, 0) ?? missingClass(rows.tallies, 1) ?? rocArea(rows.sweep),
};

const prAuc: MetricRow<BinaryRows> = {
  title: "PR AUC",
  summary: "Average precision: precision at each threshold, weighted by the recall gained there.",
  direction: "higher",
  range: [0, 1],
  measure: (rows) => missingClass(rows.tallies, 1) ?? averagePrecision(rows.sweep),
};

const logLoss: MetricRow<BinaryRows> = {
  title: "Log loss",
  summary: "Mean negative log-probability of the true class, clipped at 2.2e-16.",
  direction: "lower",
  range: [0, Number.POSITIVE_INFINITY],
  measure: ({ truth, probability, weights, totalWeight }) =>
    weightedMean(weights, totalWeight, (i) =>
      logLossOf(truth[i] === 1 ? probability[i] : 1 - probability[i]),
    ),
};

const brier: MetricRow<BinaryRows> = {
  title: "Brier score",
  summary: "Mean squared difference between the probability of class 1 and the label.",
  direction: "lower",
  range: [0, 1],
  cite: "brier1950",
  measure: ({ truth, probability, weights, totalWeight }) =>
    weightedMean(weights, totalWeight, (i) => (probability[i] - truth[i]) ** 2),
};

export const binaryMetrics = metricTable((input: BinaryInput) => new BinaryRows(input), {
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
  input: BinaryInput,
  options?: EvaluateOptions<BinaryMetric>,
): Evaluation<BinaryMetric> {
  return evaluateTable(binaryMetrics, new BinaryRows(input), options);
}

/** The 2 × 2 confusion matrix of the labelled rows. */
export function binaryConfusion(input: BinaryInput): Confusion {
  const rows = new BinaryRows(input);
  return confusionMatrix(rows.truth, rows.predicted, rows.weights, 2);
}

function missingClass({ support }: Tallies, c: 0 | 1): Outcome | undefined {
  return support[c] > 0 ? undefined : { reason: `every label is ${1 - c}` };
}
