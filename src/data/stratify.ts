import type { Random } from "../core/random.ts";
import { type Column, cell, isMissing } from "./columns.ts";

/** Label ids of rows: those of row r are `ids[starts[r] … starts[r + 1])`. */
export interface Strata {
  readonly rows: number;
  readonly labels: number;
  readonly starts: Int32Array;
  readonly ids: Int32Array;
}

export interface StrataOptions {
  /** Quantile bins of a number or time column. */
  readonly bins?: number;
  /** Most distinct values of a column that are kept apart; the rarer ones share a label. */
  readonly maxValues?: number;
}

/**
 * Label ids for the columns to keep balanced. Values of strings and booleans, and elements of lists, are
 * labels; numbers and times with more than 20 distinct values are cut into quantile bins; a missing cell
 * is a label of its own. Values that occur once share a label.
 */
export function strataOf(columns: readonly Column[], options: StrataOptions = {}): Strata {
  const rows = columns[0]?.length ?? 0;
  let labels = 0;
  const perColumn = columns.map((column) => {
    const part = labelsOf(column, options.bins ?? 10, options.maxValues ?? 1000);
    const offset = labels;
    labels += part.count;
    return part.of.map((ids) => ids.map((id) => id + offset));
  });
  const starts = new Int32Array(rows + 1);
  const ids: number[] = [];
  for (let row = 0; row < rows; row++) {
    for (const part of perColumn) for (const id of part[row]) ids.push(id);
    starts[row + 1] = ids.length;
  }
  return { rows, labels, starts, ids: Int32Array.from(ids) };
}

/** Numbers with at most this many distinct values are labels themselves. */
const fewValues = 20;

function labelsOf(
  column: Column,
  bins: number,
  maxValues: number,
): { of: number[][]; count: number } {
  const keys: (string | number)[][] = new Array(column.length);
  const cut = column.storage === "number" || column.storage === "datetime";
  const binOf = cut ? quantileBins(column.values, column.valid, bins) : undefined;
  for (let row = 0; row < column.length; row++) {
    if (isMissing(column, row)) keys[row] = ["missing"];
    else if (column.storage === "list") {
      keys[row] = [...new Set((column.values[row] ?? []).map((item) => `=${String(item)}`))];
    } else if (binOf && cut) keys[row] = [binOf(column.values[row])];
    else if (column.storage === "string") keys[row] = [column.codes[row]];
    else if (column.storage === "bytes") keys[row] = ["present"];
    else keys[row] = [`=${String(cell(column, row))}`];
  }
  const counts = new Map<string | number, number>();
  for (const list of keys) for (const key of list) counts.set(key, (counts.get(key) ?? 0) + 1);
  const kept = [...counts].filter(([, count]) => count > 1).sort((a, b) => b[1] - a[1]);
  const idOf = new Map(kept.slice(0, maxValues).map(([key], id) => [key, id]));
  const rare = idOf.size;
  let usesRare = false;
  const of = keys.map((list) =>
    list.map((key) => {
      const id = idOf.get(key);
      if (id === undefined) usesRare = true;
      return id ?? rare;
    }),
  );
  return { of, count: idOf.size + (usesRare ? 1 : 0) };
}

/** The bin of a value; undefined where there are so few distinct values that they need no bins. */
function quantileBins(
  values: Float64Array,
  valid: Uint8Array,
  bins: number,
): ((value: number) => number) | undefined {
  const present = values.filter((_, row) => valid[row] === 1).sort();
  let distinct = 0;
  for (let i = 0; i < present.length && distinct <= fewValues; i++) {
    if (i === 0 || present[i] !== present[i - 1]) distinct++;
  }
  if (distinct <= fewValues) return (value) => value;
  const edges: number[] = [];
  for (let b = 1; b < bins; b++) {
    const edge = present[Math.floor((b * present.length) / bins)];
    if (edge !== edges[edges.length - 1]) edges.push(edge);
  }
  return (value) => {
    let low = 0;
    let high = edges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (edges[middle] <= value) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

/**
 * Deals rows into parts so that every part holds its share of every label, rarest labels first (iterative
 * stratification; sechidis2011). Returns the part of each row.
 */
export function dealRows(strata: Strata, shares: readonly number[], random: Random): Int32Array {
  const { rows, labels, starts, ids } = strata;
  const left = new Int32Array(labels);
  for (const id of ids) left[id]++;
  const wantedRows = shares.map((share) => share * rows);
  const wanted = shares.map((share) => Float64Array.from(left, (count) => count * share));
  const rowsOf: number[][] = Array.from({ length: labels }, () => []);
  for (const row of random.permutation(rows)) {
    for (let k = starts[row]; k < starts[row + 1]; k++) rowsOf[ids[k]].push(row);
  }
  const part = new Int32Array(rows).fill(-1);
  const place = (row: number, choice: number) => {
    part[row] = choice;
    wantedRows[choice]--;
    for (let k = starts[row]; k < starts[row + 1]; k++) {
      left[ids[k]]--;
      wanted[choice][ids[k]]--;
    }
  };
  for (;;) {
    let label = -1;
    for (let id = 0; id < labels; id++) {
      if (left[id] > 0 && (label < 0 || left[id] < left[label])) label = id;
    }
    if (label < 0) break;
    for (const row of rowsOf[label]) {
      if (part[row] < 0) place(row, neediest(wanted, label, wantedRows, random));
    }
  }
  // Rows without any label, such as an empty list, even out the sizes.
  for (const row of random.permutation(rows)) {
    if (part[row] < 0) place(row, neediest(undefined, 0, wantedRows, random));
  }
  return part;
}

/** The part that lacks most rows of a label; among equals the one that lacks most rows. */
function neediest(
  wanted: readonly Float64Array[] | undefined,
  label: number,
  wantedRows: readonly number[],
  random: Random,
): number {
  let best = 0;
  let ties = 1;
  for (let j = 1; j < wantedRows.length; j++) {
    const more = wanted === undefined ? 0 : wanted[j][label] - wanted[best][label];
    const difference = Math.abs(more) > 1e-9 ? more : wantedRows[j] - wantedRows[best];
    if (difference > 1e-9) {
      best = j;
      ties = 1;
    } else if (difference >= -1e-9 && random.integer(++ties) === 0) best = j;
  }
  return best;
}
