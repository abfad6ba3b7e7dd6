import { allocate, type TypedArray } from "../core/dtype.ts";
import { CompileError } from "../core/errors.ts";
import { Random } from "../core/random.ts";
import type { RowStore } from "../data/rows.ts";

/** Arrays, one an entry of a store, that hold the rows of one batch. */
export class BatchBuffers {
  readonly arrays: readonly TypedArray[];
  private readonly byName = new Map<
    string,
    { readonly array: TypedArray; readonly width: number }
  >();

  constructor(store: RowStore, rows: number) {
    this.arrays = store.layout.map((entry) => {
      const array = allocate(entry.dtype, rows * entry.width);
      this.byName.set(entry.name, { array, width: entry.width });
      return array;
    });
  }

  has(name: string): boolean {
    return this.byName.has(name);
  }

  /** The part of an entry's array that a batch of `rows` rows fills. */
  view(name: string, rows: number): TypedArray {
    const found = this.byName.get(name);
    if (!found) throw new CompileError(`batch: an entry of the row store; ${name} is none`);
    return found.array.subarray(0, rows * found.width) as TypedArray;
  }
}

/** Sizes of the batches of an epoch: as even as can be, none above `batchSize`. */
export function batchSizes(rows: number, batchSize: number): number[] {
  const steps = Math.max(1, Math.ceil(rows / batchSize));
  const small = Math.floor(rows / steps);
  const large = rows - small * steps;
  return Array.from({ length: steps }, (_, i) => (i < large ? small + 1 : small));
}

/** The order in which an epoch visits the training rows; depends on nothing but seed and epoch. */
export function epochOrder(rows: number, seed: number, epoch: number): Int32Array {
  return Random.from(seed, "order", epoch).permutation(rows);
}
