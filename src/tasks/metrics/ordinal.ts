import { type Held, isInBlocks } from "./blocks.ts";
import { expectedCalibrationError } from "./calibration.ts";
import { accuracy, balancedAccuracy, cohenKappa, macroF1 } from "./decision.ts";
import {
  type EvaluateOptions,
  type Evaluation,
  evaluateTable,
  type MetricRow,
  metricTable,
} from "./metric.ts";
import { OrdinalBlocks } from "./ordinal-blocks.ts";
import { type OrdinalInput, OrdinalRows, type OrdinalScores } from "./ordinal-rows.ts";
import { logLoss } from "./probability.ts";
import { kendall, spearman } from "./rank-correlation.ts";

/** Labelled rows made ready for the metrics. @throws as `MulticlassRows`. */
function ordinalScores(input: Held<OrdinalInput>): OrdinalScores {
  return isInBlocks(input) ? new OrdinalBlocks(input) : new OrdinalRows(input);
}

const meanAbsoluteClassError: MetricRow<OrdinalScores> = {
  title: "Class MAE",
  summary: "Mean number of steps between true and decided class.",
  direction: "lower",
  range: [0, Number.POSITIVE_INFINITY],
  measure: (rows) => rows.mean(({ truth, predicted }, i) => Math.abs(truth[i] - predicted[i])),
};

const quadraticWeightedKappa: MetricRow<OrdinalScores> = {
  title: "Quadratic κ",
  summary: "Cohen's kappa with mistakes weighted by the square of their number of steps.",
  direction: "higher",
  range: [-1, 1],
  cite: "cohen1968",
  measure: (rows) => {
    const { totalWeight, tallies, classes } = rows;
    const seen = rows.mean(({ truth, predicted }, i) => (truth[i] - predicted[i]) ** 2);
    let chance = 0;
    for (let t = 0; t < classes; t++) {
      for (let p = 0; p < classes; p++) {
        chance += tallies.support[t] * tallies.predicted[p] * (t - p) ** 2;
      }
    }
    if (chance === 0) {
      const only = tallies.support.findIndex((weight) => weight > 0);
      return { reason: `every label and every decision is class ${only}` };
    }
    return 1 - seen / (chance / totalWeight / totalWeight);
  },
};

const rankedProbabilityScore: MetricRow<OrdinalScores> = {
  title: "RPS",
  summary:
    "Ranked probability score: squared differences of cumulative probability and cumulative truth, summed over the steps between classes.",
  direction: "lower",
  range: [0, Number.POSITIVE_INFINITY],
  cite: "epstein1969",
  measure: (rows) =>
    rows.mean((held, i) => {
      let cumulative = 0;
      let score = 0;
      for (let c = 0; c < rows.classes - 1; c++) {
        cumulative += held.probabilityOf(i, c);
        score += (cumulative - (held.truth[i] <= c ? 1 : 0)) ** 2;
      }
      return score;
    }),
};

export const ordinalMetrics = metricTable(ordinalScores, {
  quadraticWeightedKappa,
  meanAbsoluteClassError,
  accuracy,
  balancedAccuracy,
  macroF1,
  spearman,
  kendall,
  logLoss,
  rankedProbabilityScore,
  expectedCalibrationError,
  cohenKappa,
});

export type OrdinalMetric = keyof typeof ordinalMetrics;

/**
 * All metrics of ordered classes, or those named.
 * @throws ShapeError, DataError as `MulticlassRows`; ConfigError for an unknown metric.
 */
export function evaluateOrdinal(
  input: Held<OrdinalInput>,
  options?: EvaluateOptions<OrdinalMetric>,
): Evaluation<OrdinalMetric> {
  return evaluateTable(ordinalMetrics, ordinalScores(input), options);
}
