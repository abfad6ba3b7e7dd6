import { CompileError } from "../core/errors.ts";
import { KeyedPermutation } from "../core/permutation.ts";
import { Random } from "../core/random.ts";
import { allocateBatch, type RowArray, type RowLayout, type RowStore } from "../data/rows.ts";

/** Arrays, one an entry of a store, that hold the rows of one batch. */
export class BatchBuffers {
  readonly arrays: readonly RowArray[];
  private readonly layout: RowLayout;

  constructor(layout: RowLayout, rows: number) {
    this.layout = layout;
    this.arrays = allocateBatch(layout, rows);
  }

  /**
   * Arrays for rows of a store with another layout: these buffers where it has the same entries, so
   * that rows without labels, or with others, can be read.
   */
  matching(layout: RowLayout): readonly RowArray[] {
    if (layout === this.layout) return this.arrays;
    const rows = this.arrays[0].length / this.layout[0].width;
    return layout.map((entry) => {
      const at = this.layout.findIndex((e) => e.name === entry.name && e.width === entry.width);
      return at < 0 ? allocateBatch([entry], rows)[0] : this.arrays[at];
    });
  }

  /** The part of an entry's array that a batch of `rows` rows fills. */
  view(name: string, rows: number): RowArray {
    const at = this.layout.findIndex((entry) => entry.name === name);
    if (at < 0) throw new CompileError(`batch: an entry of the row store; ${name} is none`);
    return this.arrays[at].subarray(0, rows * this.layout[at].width) as RowArray;
  }
}

/** Sizes of the batches of an epoch: as even as can be, none above `batchSize`. */
export function batchSizes(rows: number, batchSize: number): number[] {
  const steps = Math.max(1, Math.ceil(rows / batchSize));
  const small = Math.floor(rows / steps);
  const large = rows - small * steps;
  return Array.from({ length: steps }, (_, i) => (i < large ? small + 1 : small));
}

/** Rows in the order in which they are visited. */
export interface RowOrder {
  readonly length: number;
  /** The row at a place. */
  at(place: number): number;
  /** The rows of `count` places from `first` on. */
  rows(first: number, count: number): Int32Array;
}

/** An order that is held. */
export function heldOrder(rows: Int32Array): RowOrder {
  return {
    length: rows.length,
    at: (place) => rows[place],
    rows: (first, count) => rows.subarray(first, first + count),
  };
}

/** An order that is computed place by place. */
export function computedOrder(length: number, at: (place: number) => number): RowOrder {
  return {
    length,
    at,
    rows: (first, count) => Int32Array.from({ length: count }, (_, i) => at(first + i)),
  };
}

/** Rows of a file beyond which no number is held for each. */
const mostHeld = 1 << 18;

/** Whether an order of all rows of a store is held. */
export function holdsOrder({ rows, filed }: Pick<RowStore, "rows" | "filed">): boolean {
  return !filed || rows <= mostHeld;
}

/** The order in which an epoch visits the rows of a store; depends on nothing but seed, epoch and store. */
export function epochOrder(
  store: Pick<RowStore, "rows" | "filed">,
  seed: number,
  epoch: number,
): RowOrder {
  const { rows } = store;
  if (holdsOrder(store)) return heldOrder(Random.from(seed, "order", epoch).permutation(rows));
  const order = new KeyedPermutation(rows, seed, "order", epoch);
  return computedOrder(rows, (place) => order.at(place));
}
