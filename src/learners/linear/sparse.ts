/** Sparse rows as padded lists: `ids[row·width + k]` (negative = none) and their values. */
export interface SparseRows {
  readonly ids: Int32Array;
  readonly values: ArrayLike<number>;
  readonly width: number;
}

/** A range of columns, `from` to below `to`. */
export interface ColumnRange {
  readonly from: number;
  readonly to: number;
}

/** Adds `X·W` to `out [rows, columns]`, in the columns of a range; `weights` is `[features, columns]`. */
export function addSparseProduct(
  { ids, values, width }: SparseRows,
  rows: number,
  weights: Float64Array,
  columns: number,
  out: Float64Array,
  range: ColumnRange = { from: 0, to: columns },
): void {
  for (let row = 0; row < rows; row++) {
    const to = row * columns;
    for (let k = row * width; k < (row + 1) * width; k++) {
      const value = values[k];
      if (ids[k] < 0 || value === 0) continue;
      const from = ids[k] * columns;
      for (let o = range.from; o < range.to; o++) out[to + o] += value * weights[from + o];
    }
  }
}

/** Adds `Xᵀ·G` to `out [features, columns]`, in the columns of a range; `cotangents` is `[rows, columns]`. */
export function addTransposedSparseProduct(
  { ids, values, width }: SparseRows,
  rows: number,
  cotangents: Float64Array,
  columns: number,
  out: Float64Array,
  range: ColumnRange = { from: 0, to: columns },
): void {
  for (let row = 0; row < rows; row++) {
    const from = row * columns;
    for (let k = row * width; k < (row + 1) * width; k++) {
      const value = values[k];
      if (ids[k] < 0 || value === 0) continue;
      const to = ids[k] * columns;
      for (let o = range.from; o < range.to; o++) out[to + o] += value * cotangents[from + o];
    }
  }
}
