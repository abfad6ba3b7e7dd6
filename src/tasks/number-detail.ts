import { Random } from "../core/random.ts";
import type { Detail, Histogram, Scatter } from "./detail.ts";

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

/** Below the least normal number, multiples of a width are no longer evenly spaced. */
const leastWidth = 2 ** -1022;

/** Equal-width bins from the least to the greatest value. */
export function histogram(values: Float64Array): Histogram {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const x of values) {
    low = Math.min(low, x);
    high = Math.max(high, x);
  }
  const width = (high - low) / bins;
  // Equal values, or as good as equal, or beyond what differences can be taken of.
  if (!(width >= leastWidth && low + width > low && width < Number.POSITIVE_INFINITY)) {
    return { edges: [low - 0.5, high + 0.5], counts: [values.length] };
  }
  const counts = new Array<number>(bins).fill(0);
  for (const x of values) counts[Math.min(bins - 1, Math.floor((x - low) / width))]++;
  const edges = Array.from({ length: bins + 1 }, (_, i) => (i === bins ? high : low + i * width));
  return { edges, counts };
}
