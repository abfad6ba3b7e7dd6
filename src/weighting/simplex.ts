/** Points of the simplex {w ≥ 0, Σ w = 1}. */

/** exp(x_i) / Σ exp(x_j). */
export function softmax(x: ArrayLike<number>): Float64Array {
  const out = Float64Array.from(x);
  let top = Number.NEGATIVE_INFINITY;
  for (const v of out) top = Math.max(top, v);
  let sum = 0;
  for (let i = 0; i < out.length; i++) {
    out[i] = Math.exp(out[i] - top);
    sum += out[i];
  }
  for (let i = 0; i < out.length; i++) out[i] /= sum;
  return out;
}

/** `x` against the Jacobian of the softmax with value `z`: z ⊙ (x − zᵀx). */
export function throughSoftmax(z: Float64Array, x: ArrayLike<number>): Float64Array {
  let mean = 0;
  for (let i = 0; i < z.length; i++) mean += z[i] * x[i];
  return z.map((v, i) => v * (x[i] - mean));
}

/** The nearest point of the simplex in Euclidean distance. @cite duchi2008 */
export function projectToSimplex(x: Float64Array): Float64Array {
  const sorted = x.slice().sort().reverse();
  let sum = 0;
  let shift = 0;
  for (let i = 0; i < sorted.length; i++) {
    sum += sorted[i];
    const candidate = (sum - 1) / (i + 1);
    if (sorted[i] <= candidate) break;
    shift = candidate;
  }
  return x.map((v) => Math.max(v - shift, 0));
}
