import { KeyedPermutation } from "../core/permutation.ts";
import { Random } from "../core/random.ts";
import type { Detail, Histogram, Scatter } from "./detail.ts";
import type { InBlocks } from "./metrics/blocks.ts";

const sampleRows = 2000;
const bins = 40;

/** Predicted against true numbers, and the residuals of all rows. */
export function numberDetail(
  truth: Float64Array,
  predicted: Float32Array | Float64Array,
  weights?: Float64Array,
): Detail {
  const rows: number[] = [];
  for (let row = 0; row < truth.length; row++) {
    if (!Number.isNaN(truth[row]) && Number.isFinite(predicted[row]) && weights?.[row] !== 0) {
      rows.push(row);
    }
  }
  if (rows.length === 0) return { rows: 0 };
  return {
    rows: rows.length,
    scatter: sample(rows, truth, predicted),
    residuals: histogram(Float64Array.from(rows, (row) => predicted[row] - truth[row])),
  };
}

function sample(
  rows: readonly number[],
  truth: Float64Array,
  predicted: ArrayLike<number>,
): Scatter {
  const chosen =
    rows.length <= sampleRows
      ? rows
      : [...Random.from(0).permutation(rows.length).subarray(0, sampleRows)]
          .sort((a, b) => a - b)
          .map((i) => rows[i]);
  const scatter = {
    truth: chosen.map((row) => truth[row]),
    predicted: chosen.map((row) => predicted[row]),
  };
  return chosen === rows ? scatter : { ...scatter, of: rows.length };
}

/** Numbers of some rows in memory. */
export interface ScoredNumbers {
  readonly truth: Float64Array;
  readonly predicted: Float32Array | Float64Array;
  readonly weights?: Float64Array;
}

/** The same of rows in blocks; the rows that are shown are drawn otherwise. */
export function numberBlocksDetail(scored: InBlocks<ScoredNumbers>): Detail {
  let rows = 0;
  const range = { low: Number.POSITIVE_INFINITY, high: Number.NEGATIVE_INFINITY };
  eachNumber(scored, (truth, predicted) => {
    rows++;
    widen(range, predicted - truth);
  });
  if (rows === 0) return { rows };
  const order = new KeyedPermutation(rows, 0);
  const chosen = Int32Array.from({ length: Math.min(rows, sampleRows) }, (_, i) => order.at(i));
  chosen.sort();
  const scatter = { truth: [] as number[], predicted: [] as number[] };
  const bars = barsOf(range);
  let row = 0;
  eachNumber(scored, (truth, predicted) => {
    bars.add(predicted - truth);
    if (row++ !== chosen[scatter.truth.length]) return;
    scatter.truth.push(truth);
    scatter.predicted.push(predicted);
  });
  return {
    rows,
    scatter: rows <= sampleRows ? scatter : { ...scatter, of: rows },
    residuals: bars.histogram(rows),
  };
}

/** Visits the rows that have a label, a prediction and a weight. */
function eachNumber(
  { blocks }: InBlocks<ScoredNumbers>,
  visit: (truth: number, predicted: number) => void,
): void {
  for (const { truth, predicted, weights } of blocks()) {
    for (let row = 0; row < truth.length; row++) {
      if (Number.isNaN(truth[row]) || !Number.isFinite(predicted[row]) || weights?.[row] === 0)
        continue;
      visit(truth[row], predicted[row]);
    }
  }
}

interface Range {
  low: number;
  high: number;
}

function widen(range: Range, x: number): void {
  range.low = Math.min(range.low, x);
  range.high = Math.max(range.high, x);
}

/** Below the least normal number, multiples of a width are no longer evenly spaced. */
const leastWidth = 2 ** -1022;

/** Equal-width bins from the least to the greatest value. */
export function histogram(values: Float64Array): Histogram {
  const range = { low: Number.POSITIVE_INFINITY, high: Number.NEGATIVE_INFINITY };
  for (const x of values) widen(range, x);
  const bars = barsOf(range);
  for (const x of values) bars.add(x);
  return bars.histogram(values.length);
}

/** Counts values of a known range. */
function barsOf({ low, high }: Range): {
  add(x: number): void;
  histogram(rows: number): Histogram;
} {
  const width = (high - low) / bins;
  // Equal values, or as good as equal, or beyond what differences can be taken of.
  if (!(width >= leastWidth && low + width > low && width < Number.POSITIVE_INFINITY)) {
    return {
      add() {},
      histogram: (rows) => ({ edges: [low - 0.5, high + 0.5], counts: [rows] }),
    };
  }
  const counts = new Array<number>(bins).fill(0);
  const edges = Array.from({ length: bins + 1 }, (_, i) => (i === bins ? high : low + i * width));
  return {
    add(x) {
      counts[Math.min(bins - 1, Math.floor((x - low) / width))]++;
    },
    histogram: () => ({ edges, counts }),
  };
}
