import type { TypedArray } from "../core/dtype.ts";
import { ShapeError } from "../core/errors.ts";

/** One fixed-width entry of an encoded row. */
export interface RowEntry {
  readonly name: string;
  readonly dtype: "float32" | "int32" | "uint8";
  /** Elements a row. */
  readonly width: number;
}

export type RowLayout = readonly RowEntry[];

/** Encoded rows of fixed width, in memory or on disk, behind one interface. */
export interface RowStore {
  readonly rows: number;
  readonly layout: RowLayout;
  /** Copies rows, in the order given: `outputs[i]` takes `rows.length` rows of entry i. */
  gather(rows: Int32Array, outputs: readonly TypedArray[]): void | Promise<void>;
}

/** Rows held in memory, one array an entry. */
export class MemoryRowStore implements RowStore {
  readonly rows: number;
  readonly layout: RowLayout;
  readonly arrays: readonly TypedArray[];

  constructor(layout: RowLayout, rows: number, arrays: readonly TypedArray[]) {
    layout.forEach((entry, i) => {
      if (arrays[i].length !== rows * entry.width) {
        throw new ShapeError(
          "SHAPE_MISMATCH",
          `rows: ${rows * entry.width} elements of ${entry.name}; got ${arrays[i].length}`,
        );
      }
    });
    this.layout = layout;
    this.rows = rows;
    this.arrays = arrays;
  }

  gather(rows: Int32Array, outputs: readonly TypedArray[]): void {
    this.layout.forEach(({ width }, i) => {
      const from = this.arrays[i] as Float32Array;
      const to = outputs[i] as Float32Array;
      if (width === 1) for (let r = 0; r < rows.length; r++) to[r] = from[rows[r]];
      else
        for (let r = 0; r < rows.length; r++)
          to.set(from.subarray(rows[r] * width, (rows[r] + 1) * width), r * width);
    });
  }
}
