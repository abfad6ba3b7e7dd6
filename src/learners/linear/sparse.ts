/** Sparse rows as padded lists: `ids[row·width + k]` (negative = none) and their values. */
export interface SparseRows {
  readonly ids: Int32Array;
  readonly values: ArrayLike<number>;
  readonly width: number;
}

/** Adds `X·W` to `out [rows, columns]`; `weights` is `[features, columns]`. */
export function addSparseProduct(
  { ids, values, width }: SparseRows,
  rows: number,
  weights: Float64Array,
  columns: number,
  out: Float64Array,
): void {
  for (let row = 0; row < rows; row++) {
    const to = row * columns;
    for (let k = row * width; k < (row + 1) * width; k++) {
      const value = values[k];
      if (ids[k] < 0 || value === 0) continue;
      const from = ids[k] * columns;
      for (let o = 0; o < columns; o++) out[to + o] += value * weights[from + o];
    }
  }
}

/** Adds `Xᵀ·G` to `out [features, columns]`; `cotangents` is `[rows, columns]`. */
export function addTransposedSparseProduct(
  { ids, values, width }: SparseRows,
  rows: number,
  cotangents: Float64Array,
  columns: number,
  out: Float64Array,
): void {
  for (let row = 0; row < rows; row++) {
    const from = row * columns;
    for (let k = row * width; k < (row + 1) * width; k++) {
      const value = values[k];
      if (ids[k] < 0 || value === 0) continue;
      const to = ids[k] * columns;
      for (let o = 0; o < columns; o++) out[to + o] += value * cotangents[from + o];
    }
  }
}
