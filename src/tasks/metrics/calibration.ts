import type { MetricRow } from "./metric.ts";

/** How sure each decision was, and whether it was right. */
export interface Confidences {
  /** Probability of the class decided for, in [0, 1]. */
  readonly confidence: Float64Array;
  /** 1 where the decision was right. */
  readonly correct: Uint8Array;
  readonly weights: Float64Array;
}

/** Rows whose decisions can be grouped by how sure they were. */
export interface Confident {
  /** Bins of the confidence in the decisions; 15 of them where no number is given. */
  reliability(bins?: number): ReliabilityBin[];
}

/** One bin of a reliability curve: rows whose confidence lies in (`lower`, `upper`]. */
export interface ReliabilityBin {
  readonly lower: number;
  readonly upper: number;
  /** Mean confidence of the rows; NaN in an empty bin. */
  readonly confidence: number;
  /** Share of the rows that were right; NaN in an empty bin. */
  readonly accuracy: number;
  readonly count: number;
  /** Sum of the row weights. */
  readonly weight: number;
}

export const defaultBins = 15;

export const expectedCalibrationError: MetricRow<Confident> = {
  title: "ECE",
  summary:
    "Expected calibration error: mean |confidence − accuracy| over 15 equal-width bins of the confidence in the decision, each weighted by its rows.",
  direction: "lower",
  range: [0, 1],
  cite: "guo2017",
  measure: (rows) => calibrationError(rows.reliability()),
};

/** Groups decisions by confidence into equal-width bins, closed on the right; 0 is in the first. */
export function reliabilityBins(
  confidences: Confidences,
  bins: number = defaultBins,
): ReliabilityBin[] {
  return reliabilityOver([confidences], bins);
}

/** The bins of decisions that come in pieces. */
export function reliabilityOver(
  pieces: Iterable<Confidences>,
  bins: number = defaultBins,
): ReliabilityBin[] {
  const count = new Int32Array(bins);
  const weight = new Float64Array(bins);
  const confidenceSum = new Float64Array(bins);
  const correctSum = new Float64Array(bins);
  for (const { confidence, correct, weights } of pieces) {
    for (let i = 0; i < confidence.length; i++) {
      const bin = Math.min(bins - 1, Math.max(0, Math.ceil(confidence[i] * bins) - 1));
      count[bin]++;
      weight[bin] += weights[i];
      confidenceSum[bin] += weights[i] * confidence[i];
      correctSum[bin] += weights[i] * correct[i];
    }
  }
  return Array.from({ length: bins }, (_, bin) => ({
    lower: bin / bins,
    upper: (bin + 1) / bins,
    confidence: confidenceSum[bin] / weight[bin],
    accuracy: correctSum[bin] / weight[bin],
    count: count[bin],
    weight: weight[bin],
  }));
}

/** The mean gap between confidence and accuracy over bins, weighted by rows. */
export function calibrationError(bins: readonly ReliabilityBin[]): number {
  let gap = 0;
  let total = 0;
  for (const bin of bins) {
    if (bin.count === 0) continue;
    gap += bin.weight * Math.abs(bin.confidence - bin.accuracy);
    total += bin.weight;
  }
  return gap / total;
}
