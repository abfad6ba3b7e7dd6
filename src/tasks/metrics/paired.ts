/** Metrics of pairs of vectors beyond how they rank. */
import {
  type EvaluateOptions,
  type Evaluation,
  evaluateTable,
  type MetricRow,
  metricTable,
} from "./metric.ts";
import { type RetrievalInput, RetrievalRows, retrievalLines } from "./retrieval.ts";

/** Rows with both sides, with their vectors as they are. */
export class PairedRows extends RetrievalRows {
  private readonly given: RetrievalInput;

  constructor(input: RetrievalInput) {
    super(input);
    this.given = input;
  }

  /** Number k of a row's vectors, as they came. */
  at(side: "first" | "second", i: number, k: number): number {
    return this.given[side][this.used[i] * this.size + k];
  }
}

interface Sums {
  readonly mean: readonly [number, number];
  readonly variance: readonly [number, number];
  readonly covariance: number;
}

function sumsOf(rows: PairedRows, k: number): Sums {
  const { weights, totalWeight, count } = rows;
  const mean: [number, number] = [0, 0];
  for (let i = 0; i < count; i++) {
    mean[0] += (weights[i] * rows.at("first", i, k)) / totalWeight;
    mean[1] += (weights[i] * rows.at("second", i, k)) / totalWeight;
  }
  const variance: [number, number] = [0, 0];
  let covariance = 0;
  for (let i = 0; i < count; i++) {
    const a = rows.at("first", i, k) - mean[0];
    const b = rows.at("second", i, k) - mean[1];
    variance[0] += weights[i] * a * a;
    variance[1] += weights[i] * b * b;
    covariance += weights[i] * a * b;
  }
  return { mean, variance, covariance };
}

const correlation: MetricRow<PairedRows> = {
  title: "Correlation",
  summary:
    "Mean over the numbers of the vectors of the correlation between both sides; those that do not vary count 0.",
  direction: "higher",
  range: [-1, 1],
  cite: "hotelling1936",
  measure(rows) {
    let sum = 0;
    for (let k = 0; k < rows.size; k++) {
      const { variance, covariance } = sumsOf(rows, k);
      const scale = Math.sqrt(variance[0] * variance[1]);
      if (scale > 0) sum += covariance / scale;
    }
    return sum / rows.size;
  },
};

const explained: MetricRow<PairedRows> = {
  title: "R²",
  summary:
    "Share of the second side's variance that is predicted from the first, over all its numbers; 0 for predicting the mean.",
  direction: "higher",
  range: [Number.NEGATIVE_INFINITY, 1],
  measure(rows) {
    let left = 0;
    let whole = 0;
    for (let k = 0; k < rows.size; k++) {
      whole += sumsOf(rows, k).variance[1];
      for (let i = 0; i < rows.count; i++) {
        left += rows.weights[i] * (rows.at("first", i, k) - rows.at("second", i, k)) ** 2;
      }
    }
    return whole > 0 ? 1 - left / whole : { reason: "the second side does not vary" };
  },
};

const prepare = (input: RetrievalInput) => new PairedRows(input);

export const canonicalMetrics = metricTable(prepare, { correlation, ...retrievalLines });

export const reconstructionMetrics = metricTable(prepare, { explained, ...retrievalLines });

/** All metrics of canonical correlation, or those named. @throws as `RetrievalRows`; ConfigError. */
export function evaluateCanonical(
  input: RetrievalInput,
  options?: EvaluateOptions<keyof typeof canonicalMetrics>,
): Evaluation<keyof typeof canonicalMetrics> {
  return evaluateTable(canonicalMetrics, new PairedRows(input), options);
}

/** All metrics of reconstruction, or those named. @throws as `RetrievalRows`; ConfigError. */
export function evaluateReconstruction(
  input: RetrievalInput,
  options?: EvaluateOptions<keyof typeof reconstructionMetrics>,
): Evaluation<keyof typeof reconstructionMetrics> {
  return evaluateTable(reconstructionMetrics, new PairedRows(input), options);
}
