import { type BinaryInput, BinaryRows } from "./binary-rows.ts";
import {
  type Confident,
  defaultBins,
  type ReliabilityBin,
  reliabilityBins,
} from "./calibration.ts";
import { type MulticlassInput, MulticlassRows } from "./multiclass-rows.ts";
import { type MultilabelInput, MultilabelRows } from "./multilabel-rows.ts";
import { averagePrecision, rocArea } from "./threshold-sweep.ts";

/** A ROC curve from (0, 0) to (1, 1); `area` is that of the full curve. */
export interface RocCurve {
  readonly falsePositiveRate: Float64Array;
  readonly truePositiveRate: Float64Array;
  /** Rows with a score of at least this are called positive; Infinity at (0, 0). */
  readonly threshold: Float64Array;
  readonly area: number;
}

/** A precision-recall curve, recall rising from 0; `area` is the average precision of the full curve. */
export interface PrecisionRecallCurve {
  readonly recall: Float64Array;
  readonly precision: Float64Array;
  readonly threshold: Float64Array;
  readonly area: number;
}

/** Points that a curve is thinned to. */
export const defaultPoints = 200;

/** The ROC curve of labelled rows, thinned to `points`; undefined with one class only. */
export function rocCurve(input: BinaryInput, points = defaultPoints): RocCurve | undefined {
  const rows = new BinaryRows(input);
  if (rows.problem !== undefined) return undefined;
  const sweep = rows.sweep;
  const { positives, negatives } = sweep;
  if (positives === 0 || negatives === 0) return undefined;
  const x = withStart(0, sweep.falsePositives, negatives);
  const y = withStart(0, sweep.truePositives, positives);
  const threshold = withStart(Number.POSITIVE_INFINITY, sweep.threshold, 1);
  const kept = thin(x, y, points);
  return {
    falsePositiveRate: pick(x, kept),
    truePositiveRate: pick(y, kept),
    threshold: pick(threshold, kept),
    area: rocArea(sweep),
  };
}

/**
 * The precision-recall curve of labelled rows, thinned to `points`; undefined with no positive row.
 * The first point has recall 0 and, by convention, the precision of the highest threshold.
 */
export function precisionRecallCurve(
  input: BinaryInput,
  points = defaultPoints,
): PrecisionRecallCurve | undefined {
  const rows = new BinaryRows(input);
  if (rows.problem !== undefined || rows.sweep.positives === 0) return undefined;
  const sweep = rows.sweep;
  const precisions = sweep.truePositives.map((tp, i) => tp / (tp + sweep.falsePositives[i]));
  // Once every positive is found, further points only fall straight down.
  const last = sweep.truePositives.indexOf(sweep.positives) + 1;
  const recall = withStart(0, sweep.truePositives.subarray(0, last), sweep.positives);
  const precision = withStart(precisions[0], precisions.subarray(0, last), 1);
  const threshold = withStart(Number.POSITIVE_INFINITY, sweep.threshold.subarray(0, last), 1);
  const kept = thin(recall, precision, points);
  return {
    recall: pick(recall, kept),
    precision: pick(precision, kept),
    threshold: pick(threshold, kept),
    area: averagePrecision(sweep),
  };
}

/** One class against the rest, as two classes. */
export function oneVersusRest(input: MulticlassInput, c: number): BinaryInput {
  const { truth, probabilities, classes, weights } = input;
  const rows = truth.length;
  return {
    truth: Float64Array.from({ length: rows }, (_, row) =>
      Number.isNaN(truth[row]) ? Number.NaN : truth[row] === c ? 1 : 0,
    ),
    probability: Float64Array.from({ length: rows }, (_, row) => probabilities[row * classes + c]),
    weights,
  };
}

/** One label of several, as two classes. */
export function oneLabel(input: MultilabelInput, label: number): BinaryInput {
  const { truth, probabilities, labels, weights } = input;
  const rows = Math.floor(truth.length / labels);
  const column = (values: ArrayLike<number>) =>
    Float64Array.from({ length: rows }, (_, row) => values[row * labels + label]);
  return { truth: column(truth), probability: column(probabilities), weights };
}

/**
 * The reliability of two-class decisions; the bins are those of the expected calibration error.
 * Like the other three, undefined where a prediction is not a number.
 */
export function binaryReliability(
  input: BinaryInput,
  bins = defaultBins,
): ReliabilityBin[] | undefined {
  return reliabilityOf(new BinaryRows(input), bins);
}

/** The probability of class 1 against how often class 1 was true. */
export function positiveReliability(
  input: BinaryInput,
  bins = defaultBins,
): ReliabilityBin[] | undefined {
  const { problem, probability, truth, weights } = new BinaryRows(input);
  const correct = Uint8Array.from(truth);
  return problem === undefined
    ? reliabilityBins({ confidence: probability, correct, weights }, bins)
    : undefined;
}

/** The reliability of decisions among several (or ordered) classes. */
export function multiclassReliability(
  input: MulticlassInput,
  bins = defaultBins,
): ReliabilityBin[] | undefined {
  return reliabilityOf(new MulticlassRows(input), bins);
}

/** The reliability of the decisions for all known labels. */
export function multilabelReliability(
  input: MultilabelInput,
  bins = defaultBins,
): ReliabilityBin[] | undefined {
  return reliabilityOf(new MultilabelRows(input), bins);
}

function reliabilityOf(
  rows: Confident & { readonly problem: string | undefined },
  bins: number,
): ReliabilityBin[] | undefined {
  return rows.problem === undefined ? rows.reliability(bins) : undefined;
}

/** Indices of at most `points` points, spread evenly by the length of the curve. */
function thin(x: Float64Array, y: Float64Array, points: number): Int32Array {
  const corners = cornersOf(x, y);
  if (corners.length <= points) return corners;
  const travelled = new Float64Array(corners.length);
  for (let i = 1; i < corners.length; i++) {
    const dx = Math.abs(x[corners[i]] - x[corners[i - 1]]);
    const dy = Math.abs(y[corners[i]] - y[corners[i - 1]]);
    travelled[i] = travelled[i - 1] + dx + dy;
  }
  const step = travelled[corners.length - 1] / (points - 1);
  const kept: number[] = [corners[0]];
  for (let i = 1; i < corners.length - 1; i++) {
    if (travelled[i] >= kept.length * step) kept.push(corners[i]);
    if (kept.length === points - 1) break;
  }
  kept.push(corners[corners.length - 1]);
  return Int32Array.from(kept);
}

/** Leaves out points inside a straight horizontal or vertical run. */
function cornersOf(x: Float64Array, y: Float64Array): Int32Array {
  const kept: number[] = [];
  for (let i = 0; i < x.length; i++) {
    const inside =
      i > 0 &&
      i < x.length - 1 &&
      ((x[i - 1] === x[i] && x[i] === x[i + 1]) || (y[i - 1] === y[i] && y[i] === y[i + 1]));
    if (!inside) kept.push(i);
  }
  return Int32Array.from(kept);
}

function withStart(start: number, values: Float64Array, scale: number): Float64Array {
  const out = new Float64Array(values.length + 1);
  out[0] = start;
  for (let i = 0; i < values.length; i++) out[i + 1] = values[i] / scale;
  return out;
}

function pick(values: Float64Array, kept: Int32Array): Float64Array {
  return Float64Array.from(kept, (i) => values[i]);
}
