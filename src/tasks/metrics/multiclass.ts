import { type Held, isInBlocks } from "./blocks.ts";
import { expectedCalibrationError } from "./calibration.ts";
import { type Confusion, confusionMatrix } from "./confusion.ts";
import {
  accuracy,
  balancedAccuracy,
  cohenKappa,
  macroF1,
  matthews,
  microF1,
  weightedF1,
} from "./decision.ts";
import {
  type EvaluateOptions,
  type Evaluation,
  evaluateTable,
  type MetricRow,
  metricTable,
} from "./metric.ts";
import { MulticlassBlocks } from "./multiclass-blocks.ts";
import { type MulticlassInput, MulticlassRows, type MulticlassScores } from "./multiclass-rows.ts";
import { brier, logLoss, prAuc, rocAuc, rocAucWeighted } from "./probability.ts";

/** Labelled rows made ready for the metrics. @throws as `MulticlassRows`. */
function multiclassScores(input: Held<MulticlassInput>): MulticlassScores {
  return isInBlocks(input) ? new MulticlassBlocks(input) : new MulticlassRows(input);
}

const top5Accuracy: MetricRow<MulticlassScores> = {
  title: "Top-5 accuracy",
  summary: "Share of rows whose class is among the five most probable; needs six classes or more.",
  direction: "higher",
  range: [0, 1],
  measure: (rows) => {
    if (rows.classes < 6) return { reason: `there are only ${rows.classes} classes` };
    return rows.mean((held, i) => {
      const own = held.probabilityOf(i, held.truth[i]);
      let ahead = 0;
      for (let c = 0; c < rows.classes; c++) {
        const p = held.probabilityOf(i, c);
        if (p > own || (p === own && c < held.truth[i])) ahead++;
      }
      return ahead < 5 ? 1 : 0;
    });
  },
};

export const multiclassMetrics = metricTable(multiclassScores, {
  accuracy,
  balancedAccuracy,
  macroF1,
  microF1,
  weightedF1,
  rocAuc,
  rocAucWeighted,
  prAuc,
  logLoss,
  brier,
  expectedCalibrationError,
  top5Accuracy,
  matthews,
  cohenKappa,
});

export type MulticlassMetric = keyof typeof multiclassMetrics;

/**
 * All metrics of several classes, or those named.
 * @throws ShapeError, DataError as `MulticlassRows`; ConfigError for an unknown metric.
 */
export function evaluateMulticlass(
  input: Held<MulticlassInput>,
  options?: EvaluateOptions<MulticlassMetric>,
): Evaluation<MulticlassMetric> {
  return evaluateTable(multiclassMetrics, multiclassScores(input), options);
}

/** The confusion matrix of the labelled rows. */
export function multiclassConfusion(input: MulticlassInput): Confusion {
  const rows = new MulticlassRows(input);
  return confusionMatrix(rows.truth, rows.predicted, rows.weights, rows.classes);
}
