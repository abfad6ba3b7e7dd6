import type { Gram } from "./gram.ts";

export interface Eigen {
  /** Descending. */
  readonly values: Float64Array;
  /** `vectors[i]` belongs to `values[i]`; orthonormal. */
  readonly vectors: readonly Float64Array[];
}

/** Eigenvalues and eigenvectors of a symmetric matrix, by Jacobi's cyclic rotations. @cite golub2013 */
export function symmetricEigen({ k, values }: Gram): Eigen {
  const a = values.slice();
  const v = new Float64Array(k * k);
  for (let i = 0; i < k; i++) v[i * k + i] = 1;
  for (let sweep = 0; sweep < 60; sweep++) {
    let rotated = false;
    for (let p = 0; p < k; p++) {
      for (let q = p + 1; q < k; q++) rotated = rotate(a, v, k, p, q) || rotated;
    }
    if (!rotated) break;
  }
  const order = Array.from({ length: k }, (_, i) => i).sort((i, j) => a[j * k + j] - a[i * k + i]);
  return {
    values: Float64Array.from(order, (i) => a[i * k + i]),
    vectors: order.map((i) => Float64Array.from({ length: k }, (_, r) => v[r * k + i])),
  };
}

/** Makes entry (p, q) zero; false where it is already so, next to its diagonal. */
function rotate(a: Float64Array, v: Float64Array, k: number, p: number, q: number): boolean {
  const apq = a[p * k + q];
  const app = a[p * k + p];
  const aqq = a[q * k + q];
  if (Math.abs(apq) <= 1e-17 * Math.sqrt(Math.abs(app * aqq)) || apq === 0) return false;
  const theta = (aqq - app) / (2 * apq);
  const t = Math.sign(theta || 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  for (let r = 0; r < k; r++) {
    const x = a[r * k + p];
    const y = a[r * k + q];
    a[r * k + p] = c * x - s * y;
    a[r * k + q] = s * x + c * y;
  }
  for (let r = 0; r < k; r++) {
    const x = a[p * k + r];
    const y = a[q * k + r];
    a[p * k + r] = c * x - s * y;
    a[q * k + r] = s * x + c * y;
    const vx = v[r * k + p];
    const vy = v[r * k + q];
    v[r * k + p] = c * vx - s * vy;
    v[r * k + q] = s * vx + c * vy;
  }
  a[p * k + q] = 0;
  a[q * k + p] = 0;
  return true;
}

/**
 * The least-squares solution of least length of G x = b, where eigenvalues below `tolerance` times the
 * greatest count as zero.
 */
export function leastNormSolution(gram: Gram, b: Float64Array, tolerance: number): Float64Array {
  const { values, vectors } = symmetricEigen(gram);
  const out = new Float64Array(gram.k);
  vectors.forEach((vector, e) => {
    if (!(values[e] > tolerance * values[0])) return;
    let along = 0;
    for (let i = 0; i < gram.k; i++) along += vector[i] * b[i];
    for (let i = 0; i < gram.k; i++) out[i] += (along / values[e]) * vector[i];
  });
  return out;
}
