import type { ClassDetail, Curve, Detail, Reliability } from "./detail.ts";
import { type BinaryInput, BinaryRows } from "./metrics/binary-rows.ts";
import { calibrationError, type ReliabilityBin } from "./metrics/calibration.ts";
import {
  type Confusion,
  classReports,
  confusionMatrix,
  type Tallies,
} from "./metrics/confusion.ts";
import {
  multiclassReliability,
  multilabelReliability,
  oneLabel,
  oneVersusRest,
  positiveReliability,
  precisionRecallCurve,
  rocCurve,
} from "./metrics/curves.ts";
import { type MulticlassInput, MulticlassRows } from "./metrics/multiclass-rows.ts";
import { type MultilabelInput, MultilabelRows } from "./metrics/multilabel-rows.ts";

/** Classes beyond which a confusion matrix is too large to read. */
export const confusionClasses = 200;
/** Curves of single classes drawn beside the micro average. */
const classCurves = 8;
/** Cells beyond which the micro average is left out: it sorts them all. */
export const microCells = 2_000_000;

export function binaryDetail(input: BinaryInput, classes: readonly string[]): Detail {
  const rows = new BinaryRows(input);
  if (rows.count === 0 || rows.problem !== undefined) return { rows: rows.count };
  return {
    rows: rows.count,
    confusion: nested(confusionMatrix(rows.truth, rows.predicted, rows.weights, 2)),
    perClass: perClass(rows.tallies, classes),
    reliability: reliability(positiveReliability(input)),
    ...curves([{ name: classes[1], input }]),
  };
}

export function multiclassDetail(input: MulticlassInput, classes: readonly string[]): Detail {
  const rows = new MulticlassRows(input);
  if (rows.count === 0 || rows.problem !== undefined) return { rows: rows.count };
  const shown = largest(rows.tallies.support).map((c) => ({
    name: classes[c],
    input: oneVersusRest(input, c),
  }));
  return {
    rows: rows.count,
    confusion:
      input.classes <= confusionClasses
        ? nested(confusionMatrix(rows.truth, rows.predicted, rows.weights, input.classes))
        : undefined,
    perClass: perClass(rows.tallies, classes),
    reliability: reliability(multiclassReliability(input)),
    ...curves([...microAverage(() => oneHot(input), input.probabilities, input), ...shown]),
  };
}

export function multilabelDetail(input: MultilabelInput, labels: readonly string[]): Detail {
  const rows = new MultilabelRows(input);
  if (rows.count === 0 || rows.problem !== undefined) return { rows: rows.count };
  const shown = largest(rows.tallies.support).map((label) => ({
    name: labels[label],
    input: oneLabel(input, label),
  }));
  const width = { classes: input.labels, weights: input.weights };
  return {
    rows: rows.count,
    perClass: perClass(rows.tallies, labels),
    reliability: reliability(multilabelReliability(input)),
    ...curves([...microAverage(() => input.truth, input.probabilities, width), ...shown]),
  };
}

export function nested({ classes, matrix }: Confusion): number[][] {
  return Array.from({ length: classes }, (_, c) => [
    ...matrix.subarray(c * classes, (c + 1) * classes),
  ]);
}

export function perClass(tallies: Tallies, classes: readonly string[]): ClassDetail[] {
  return classReports(tallies).map((report, c) => ({
    label: classes[c],
    tp: report.truePositives,
    fp: report.falsePositives,
    tn: report.trueNegatives,
    fn: report.falseNegatives,
  }));
}

export function reliability(bins: readonly ReliabilityBin[] | undefined): Reliability | undefined {
  const filled = bins?.filter((bin) => bin.count > 0);
  if (filled === undefined || filled.length === 0) return undefined;
  return {
    bins: filled.map((bin) => ({
      predicted: bin.confidence,
      observed: bin.accuracy,
      rows: bin.count,
    })),
    ece: calibrationError(filled),
  };
}

interface Named {
  readonly name: string;
  readonly input: BinaryInput;
}

function curves(named: readonly Named[]): { readonly roc: Curve[]; readonly pr: Curve[] } {
  const roc: Curve[] = [];
  const pr: Curve[] = [];
  for (const { name, input } of named) {
    const { truth, count } = new BinaryRows(input);
    const facts = { name, positives: truth.reduce((sum, t) => sum + t, 0), rows: count };
    const first = rocCurve(input);
    if (first) {
      const { falsePositiveRate: x, truePositiveRate: y, area } = first;
      roc.push({ ...facts, points: points(x, y), area });
    }
    const second = precisionRecallCurve(input);
    if (second) {
      const { recall: x, precision: y, area } = second;
      pr.push({ ...facts, points: points(x, y), area });
    }
  }
  return { roc, pr };
}

function points(x: Float64Array, y: Float64Array): [number, number][] {
  return Array.from(x, (value, i) => [value, y[i]]);
}

/** All cells of a table of classes as one two-class question. */
function microAverage(
  cells: () => ArrayLike<number>,
  probability: ArrayLike<number>,
  { classes, weights }: { readonly classes: number; readonly weights?: ArrayLike<number> },
): Named[] {
  if (probability.length > microCells) return [];
  const truth = cells();
  const spread = weights && Float64Array.from(truth, (_, i) => weights[Math.floor(i / classes)]);
  return [{ name: "micro average", input: { truth, probability, weights: spread } }];
}

function oneHot({ truth, classes }: MulticlassInput): Float64Array {
  const out = new Float64Array(truth.length * classes);
  for (let row = 0; row < truth.length; row++) {
    if (Number.isNaN(truth[row])) out.fill(Number.NaN, row * classes, (row + 1) * classes);
    else out[row * classes + truth[row]] = 1;
  }
  return out;
}

/** The classes with the most rows, largest first. */
export function largest(support: Float64Array): number[] {
  return Array.from(support, (_, c) => c)
    .filter((c) => support[c] > 0)
    .sort((a, b) => support[b] - support[a] || a - b)
    .slice(0, classCurves);
}
