import { numbersOf } from "./outputs.ts";
import type { PairedState } from "./paired.ts";
import type { Outputs } from "./task.ts";

/** Rows that one is compared with to judge it, itself included: as many as a large batch. */
const block = 256;

/** A row among the rows around it. */
export interface Neighbours {
  /** Rows of its block that have both sides. */
  readonly rows: readonly number[];
  /** Cosine of the row's first side with the second sides of those rows. */
  readonly forward: readonly number[];
  /** Cosine of the row's second side with the first sides of those rows. */
  readonly backward: readonly number[];
  /** Where the row's own second side stands among them for its first, from 1. */
  readonly rank: number;
}

/** A row among the 256 of its block; undefined where it lacks a side. */
export function neighbours(
  { sides, size }: PairedState,
  truth: Float64Array,
  outputs: Outputs,
  row: number,
): Neighbours | undefined {
  const [first, second] = sides.map((side) => numbersOf(outputs, side));
  const start = row - (row % block);
  const end = Math.min(start + block, truth.length);
  const length = (vectors: ArrayLike<number>, r: number) =>
    Math.sqrt(product(vectors, r, vectors, r, size));
  const rows: number[] = [];
  for (let r = start; r < end; r++) {
    if (!Number.isNaN(truth[r]) && length(first, r) * length(second, r) > 0) rows.push(r);
  }
  const own = rows.indexOf(row);
  if (own < 0) return undefined;
  const cosines = (from: ArrayLike<number>, to: ArrayLike<number>) =>
    rows.map((r) => product(from, row, to, r, size) / (length(from, row) * length(to, r)));
  const forward = cosines(first, second);
  return {
    rows,
    forward,
    backward: cosines(second, first),
    rank: 1 + forward.filter((cosine) => cosine > forward[own]).length,
  };
}

function product(
  a: ArrayLike<number>,
  rowOfA: number,
  b: ArrayLike<number>,
  rowOfB: number,
  size: number,
): number {
  let sum = 0;
  for (let k = 0; k < size; k++) sum += a[rowOfA * size + k] * b[rowOfB * size + k];
  return sum;
}
