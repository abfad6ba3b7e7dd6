import type { Column } from "../data/columns.ts";
import { toNumber } from "../data/from-rows.ts";
import { type LabelPlace, labelError, storageError } from "./label-errors.ts";

/** What numbers a task takes. */
export interface NumberRule {
  readonly expected: string;
  readonly hint?: string;
  accepts(x: number): boolean;
}

/**
 * The labels of a column as numbers, NaN where missing; numbers may be written as text.
 * @throws DataError naming the row of a label that is no finite number or breaks the rule.
 */
export function numberLabels(column: Column, rule: NumberRule, place: LabelPlace): Float64Array {
  const out = new Float64Array(column.length).fill(Number.NaN);
  const put = (row: number, x: number | undefined, came: unknown) => {
    if (x === undefined || !Number.isFinite(x))
      throw labelError(place, row, "a finite number", came);
    if (!rule.accepts(x)) throw labelError(place, row, rule.expected, came, rule.hint);
    out[row] = x;
  };
  if (column.storage === "number") {
    for (let row = 0; row < out.length; row++) {
      if (column.valid[row] === 1) put(row, column.values[row], column.values[row]);
    }
  } else if (column.storage === "string") {
    const numbers = column.dictionary.map((text) => toNumber(text));
    for (let row = 0; row < out.length; row++) {
      const code = column.codes[row];
      // As everywhere else, blanks and NaN are missing cells.
      if (code < 0 || column.dictionary[code].trim() === "" || Number.isNaN(numbers[code]))
        continue;
      put(row, numbers[code], column.dictionary[code]);
    }
  } else {
    throw storageError(place.task, "numbers", column.storage);
  }
  return out;
}

/** Writes numbers as labels, changed by `change`; missing ones count for nothing. */
export function encodeNumbers(
  values: Float64Array,
  change: (y: number) => number,
  labels: Float32Array,
  weights: Float32Array,
): void {
  for (let row = 0; row < values.length; row++) {
    const missing = Number.isNaN(values[row]);
    labels[row] = missing ? 0 : change(values[row]);
    if (missing) weights[row] = 0;
  }
}
