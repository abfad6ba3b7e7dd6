import { expectedCalibrationError } from "./calibration.ts";
import { accuracy, balancedAccuracy, cohenKappa, macroF1 } from "./decision.ts";
import {
  type EvaluateOptions,
  type Evaluation,
  evaluateTable,
  type MetricRow,
  metricTable,
} from "./metric.ts";
import { type MulticlassInput, MulticlassRows } from "./multiclass.ts";
import { type Paired, type Pairs, pairsOf, weightedMean } from "./pairs.ts";
import { logLoss } from "./probability.ts";
import { kendall, spearman } from "./rank-correlation.ts";

/** As several classes, with indices in the order of the classes. */
export type OrdinalInput = MulticlassInput;

/** Labelled rows; as a number, a prediction is the expected class index. */
export class OrdinalRows extends MulticlassRows implements Paired {
  private cachedPairs: Pairs | undefined;

  constructor(input: OrdinalInput) {
    super(input, "ordinal");
  }

  get pairs(): Pairs {
    this.cachedPairs ??= pairsOf({
      truth: Float64Array.from(this.truth),
      prediction: Float64Array.from(this.truth, (_, i) => {
        let expected = 0;
        for (let c = 1; c < this.classes; c++) expected += c * this.probabilityOf(i, c);
        return expected;
      }),
      weights: this.weights,
      totalWeight: this.totalWeight,
    });
    return this.cachedPairs;
  }
}

const meanAbsoluteClassError: MetricRow<OrdinalRows> = {
  title: "Class MAE",
  summary: "Mean number of steps between true and decided class.",
  direction: "lower",
  range: [0, Number.POSITIVE_INFINITY],
  measure: ({ truth, predicted, weights, totalWeight }) =>
    weightedMean(weights, totalWeight, (i) => Math.abs(truth[i] - predicted[i])),
};

const quadraticWeightedKappa: MetricRow<OrdinalRows> = {
  title: "Quadratic κ",
  summary: "Cohen's kappa with mistakes weighted by the square of their number of steps.",
  direction: "higher",
  range: [-1, 1],
  cite: "cohen1968",
  measure: ({ truth, predicted, weights, totalWeight, tallies, classes }) => {
    const seen = weightedMean(weights, totalWeight, (i) => (truth[i] - predicted[i]) ** 2);
    let chance = 0;
    for (let t = 0; t < classes; t++) {
      for (let p = 0; p < classes; p++) {
        chance += tallies.support[t] * tallies.predicted[p] * (t - p) ** 2;
      }
    }
    if (chance === 0) return { reason: `every label and every decision is class ${truth[0]}` };
    return 1 - seen / (chance / totalWeight / totalWeight);
  },
};

const rankedProbabilityScore: MetricRow<OrdinalRows> = {
  title: "RPS",
  summary:
    "Ranked probability score: squared differences of cumulative probability and cumulative truth, summed over the steps between classes.",
  direction: "lower",
  range: [0, Number.POSITIVE_INFINITY],
  cite: "epstein1969",
  measure: (rows) =>
    weightedMean(rows.weights, rows.totalWeight, (i) => {
      let cumulative = 0;
      let score = 0;
      for (let c = 0; c < rows.classes - 1; c++) {
        cumulative += rows.probabilityOf(i, c);
        score += (cumulative - (rows.truth[i] <= c ? 1 : 0)) ** 2;
      }
      return score;
    }),
};

export const ordinalMetrics = metricTable((input: OrdinalInput) => new OrdinalRows(input), {
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
  input: OrdinalInput,
  options?: EvaluateOptions<OrdinalMetric>,
): Evaluation<OrdinalMetric> {
  return evaluateTable(ordinalMetrics, new OrdinalRows(input), options);
}
