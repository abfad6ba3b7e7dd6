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
  const perColumn = columns.map((column) =>
    labelsOf(column, options.bins ?? 10, options.maxValues ?? 1000),
  );
  const starts = new Int32Array(rows + 1);
  const ids = new Int32Array(perColumn.reduce((sum, part) => sum + part.ids.length, 0));
  let at = 0;
  for (let row = 0; row < rows; row++) {
    let offset = 0;
    for (const part of perColumn) {
      const end = part.starts ? part.starts[row + 1] : row + 1;
      for (let k = part.starts ? part.starts[row] : row; k < end; k++) {
        ids[at++] = part.ids[k] + offset;
      }
      offset += part.count;
    }
    starts[row + 1] = at;
  }
  return { rows, labels: perColumn.reduce((sum, part) => sum + part.count, 0), starts, ids };
}

/** Numbers with at most this many distinct values are labels themselves. */
const fewValues = 20;

/** Label ids of the rows of one column. */
interface ColumnLabels {
  readonly ids: Int32Array;
  /** Where the ids of each row begin; absent where every row has one. */
  readonly starts?: Int32Array;
  readonly count: number;
}

function labelsOf(column: Column, bins: number, maxValues: number): ColumnLabels {
  const known = new Map<string | number, number>();
  const counts: number[] = [];
  const count = (key: string | number): number => {
    const id = known.get(key) ?? known.size;
    if (id === known.size) {
      known.set(key, id);
      counts.push(0);
    }
    counts[id]++;
    return id;
  };
  let ids: Int32Array;
  let starts: Int32Array | undefined;
  if (column.storage === "list") {
    const all: number[] = [];
    starts = new Int32Array(column.length + 1);
    for (let row = 0; row < column.length; row++) {
      if (isMissing(column, row)) all.push(count("missing"));
      else for (const key of elementsOf(column.values[row])) all.push(count(key));
      starts[row + 1] = all.length;
    }
    ids = Int32Array.from(all);
  } else {
    const key = keyOf(column, bins);
    ids = Int32Array.from({ length: column.length }, (_, row) => count(key(row)));
  }
  // Values that occur once, and those beyond the limit, share a label.
  const kept = counts.map((_, id) => id).filter((id) => counts[id] > 1);
  kept.sort((a, b) => counts[b] - counts[a]);
  const labels = new Int32Array(counts.length).fill(-1);
  for (const [label, id] of kept.slice(0, maxValues).entries()) labels[id] = label;
  const rare = Math.min(kept.length, maxValues);
  const usesRare = labels.includes(-1);
  for (let i = 0; i < ids.length; i++) ids[i] = labels[ids[i]] < 0 ? rare : labels[ids[i]];
  return { ids, starts, count: rare + (usesRare ? 1 : 0) };
}

function elementsOf(list: readonly unknown[] | null): Set<string> {
  return new Set((list ?? []).map((item) => `=${String(item)}`));
}

/** What tells the labels of a column's rows apart. */
function keyOf(column: Column, bins: number): (row: number) => string | number {
  const present = ((): ((row: number) => string | number) => {
    switch (column.storage) {
      case "number":
      case "datetime": {
        const binOf = quantileBins(column.values, column.valid, bins);
        return (row) => binOf(column.values[row]);
      }
      case "string":
        return (row) => column.codes[row];
      case "bytes":
        return () => "present";
      default:
        return (row) => `=${String(cell(column, row))}`;
    }
  })();
  return (row) => (isMissing(column, row) ? "missing" : present(row));
}

/** The bin of a value: the value itself where there are so few distinct ones that they need no bins. */
export function quantileBins(
  values: Float64Array,
  valid: Uint8Array,
  bins: number,
): (value: number) => number {
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
