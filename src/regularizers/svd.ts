/** A thin singular value decomposition `A = U·diag(values)·Vᵀ` of `A [rows, columns]`. */
export interface SingularValues {
  /** min(rows, columns) values, largest first. */
  readonly values: Float64Array;
  /** `A` seen along its shorter side: vector i is `right[i·short … ]`, of length `short`. */
  readonly right: Float64Array;
  readonly short: number;
  /** Whether the shorter side is that of the columns. */
  readonly tall: boolean;
}

const sweeps = 60;

/**
 * Singular values and the singular vectors of the shorter side, by one-sided Jacobi rotations: columns
 * are turned in pairs until all are orthogonal, which keeps small values accurate.
 * @param matrix `[rows, columns]`, row by row; left as it is.
 * @cite golub2013
 */
export function singularValues(
  matrix: Float64Array,
  rows: number,
  columns: number,
): SingularValues {
  const tall = rows >= columns;
  const short = tall ? columns : rows;
  const long = tall ? rows : columns;
  // Vectors of the longer side lie one after another; turning them turns the rows of `right` alike.
  const all = new Float64Array(short * long);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++)
      all[tall ? j * long + i : i * long + j] = matrix[i * columns + j];
  // Turning triangular vectors of length `short` is less work, with the same result.
  const vectors = long > 1.5 * short ? triangular(all, short, long) : all;
  const size = vectors.length / Math.max(1, short);
  const right = new Float64Array(short * short);
  for (let i = 0; i < short; i++) right[i * short + i] = 1;
  orthogonalise(vectors, right, short, size);
  const lengths = Float64Array.from({ length: short }, (_, i) => length(vectors, i * size, size));
  const order = Array.from(lengths.keys()).sort((a, b) => lengths[b] - lengths[a] || a - b);
  const sorted = new Float64Array(short * short);
  for (const [to, from] of order.entries())
    sorted.set(right.subarray(from * short, (from + 1) * short), to * short);
  return { values: Float64Array.from(order, (i) => lengths[i]), right: sorted, short, tall };
}

/** The upper triangle R of `Q·R`, Q orthogonal, by Householder reflections; vectors are overwritten. */
function triangular(vectors: Float64Array, count: number, size: number): Float64Array {
  const triangle = new Float64Array(count * count);
  for (let k = 0; k < count; k++) {
    const start = k * size;
    const norm = length(vectors, start + k, size - k);
    const head = vectors[start + k];
    const diagonal = head > 0 ? -norm : norm;
    for (let i = 0; i < k; i++) triangle[k * count + i] = vectors[start + i];
    triangle[k * count + k] = diagonal;
    if (norm === 0) continue;
    vectors[start + k] = head - diagonal;
    // ‖reflector‖² is 2·norm·(norm + |head|); in units of its first element nothing overflows.
    const first = vectors[start + k];
    const scale = (norm + Math.abs(head)) / norm;
    for (let j = k + 1; j < count; j++) {
      let dot = 0;
      for (let i = k; i < size; i++) dot += (vectors[start + i] / first) * vectors[j * size + i];
      for (let i = k; i < size; i++)
        vectors[j * size + i] -= scale * dot * (vectors[start + i] / first);
    }
  }
  return triangle;
}

function orthogonalise(vectors: Float64Array, right: Float64Array, short: number, long: number) {
  const squares = new Float64Array(short);
  for (let sweep = 0; sweep < sweeps; sweep++) {
    for (let i = 0; i < short; i++) squares[i] = length(vectors, i * long, long) ** 2;
    const floor = squares.reduce((a, b) => Math.max(a, b), 0) * Number.EPSILON ** 2;
    let turned = false;
    for (let p = 0; p < short - 1; p++) {
      for (let q = p + 1; q < short; q++) {
        const a = squares[p];
        const b = squares[q];
        // Vectors that are nothing but rounding have no direction to make orthogonal.
        if (a <= floor || b <= floor) continue;
        let dot = 0;
        for (let k = 0; k < long; k++) dot += vectors[p * long + k] * vectors[q * long + k];
        if (Math.abs(dot) <= 1e-15 * Math.sqrt(a * b)) continue;
        turned = true;
        const ratio = (b - a) / (2 * dot);
        const tangent = Math.sign(ratio || 1) / (Math.abs(ratio) + Math.sqrt(1 + ratio * ratio));
        const cosine = 1 / Math.sqrt(1 + tangent * tangent);
        turn(vectors, p * long, q * long, long, cosine, cosine * tangent);
        turn(right, p * short, q * short, short, cosine, cosine * tangent);
        squares[p] = a - tangent * dot;
        squares[q] = b + tangent * dot;
      }
    }
    if (!turned) return;
  }
}

function turn(x: Float64Array, p: number, q: number, n: number, cosine: number, sine: number) {
  for (let k = 0; k < n; k++) {
    const a = x[p + k];
    const b = x[q + k];
    x[p + k] = cosine * a - sine * b;
    x[q + k] = sine * a + cosine * b;
  }
}

function length(x: Float64Array, start: number, n: number): number {
  let largest = 0;
  for (let k = 0; k < n; k++) largest = Math.max(largest, Math.abs(x[start + k]));
  if (largest === 0) return 0;
  let sum = 0;
  for (let k = 0; k < n; k++) sum += (x[start + k] / largest) ** 2;
  return largest * Math.sqrt(sum);
}

/**
 * Replaces the singular values of a matrix, in place, keeping its singular vectors.
 * @param change the new values for the old ones, which come largest first; those of 0 stay 0.
 */
export function mapSingularValues(
  matrix: Float64Array,
  rows: number,
  columns: number,
  change: (values: Float64Array) => Float64Array,
): void {
  const { values, right, short, tall } = singularValues(matrix, rows, columns);
  const changed = change(values);
  // Along the shorter side the matrix is multiplied by Σ (new/old)·v·vᵀ.
  const map = new Float64Array(short * short);
  for (let i = 0; i < short; i++) {
    const factor = values[i] > 0 ? changed[i] / values[i] : 0;
    if (factor === 0) continue;
    for (let a = 0; a < short; a++) {
      const scaled = factor * right[i * short + a];
      for (let b = 0; b < short; b++) map[a * short + b] += scaled * right[i * short + b];
    }
  }
  const line = new Float64Array(short);
  const [count, stride, step] = tall ? [rows, columns, 1] : [columns, 1, columns];
  for (let k = 0; k < count; k++) {
    for (let a = 0; a < short; a++) line[a] = matrix[k * stride + a * step];
    for (let a = 0; a < short; a++) {
      let sum = 0;
      for (let b = 0; b < short; b++) sum += map[a * short + b] * line[b];
      matrix[k * stride + a * step] = sum;
    }
  }
}
