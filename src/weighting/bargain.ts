import { type Gram, lengths, restrict, scaled, spread } from "./gram.ts";

/** Added to the unit-diagonal Gram matrix, so that opposed gradients still have an answer. */
const ridge = 1e-10;

/**
 * The α > 0 with (Gα)_i = p_i · α_i^(−q): what tasks agree on that weigh their gains with proportional
 * (q = 1) or another fairness. It is the only minimum of ½αᵀGα − Σ p_i φ(α_i) with φ' = α^(−q), found by
 * damped Newton steps. Tasks with a zero gradient gain nothing from any update: they get 0.
 * @cite navon2022 @cite ban2024
 */
export function bargain(gram: Gram, p: Float64Array, q: number): Float64Array {
  const d = lengths(gram);
  const moving = [...d.keys()].filter((i) => d[i] > 0);
  if (moving.length === 0) return new Float64Array(gram.k);
  const inverse = Float64Array.from(moving, (i) => 1 / d[i]);
  const c = scaled(restrict(gram, moving), inverse);
  for (let i = 0; i < c.k; i++) c.values[i * c.k + i] = 1 + ridge;
  // With α = β/d: (Cβ)_i = p_i d_i^(q−1) β_i^(−q).
  const price = Float64Array.from(moving, (i) => p[i] * d[i] ** (q - 1));
  const beta = balance(c, price, q);
  return spread(
    beta.map((b, a) => b * inverse[a]),
    moving,
    gram.k,
  );
}

/** The β > 0 with Cβ = price · β^(−q). */
function balance({ k, values: c }: Gram, price: Float64Array, q: number): Float64Array {
  let beta = price.map((v) => v ** (1 / (1 + q)));
  const at = (x: Float64Array) => {
    const residual = new Float64Array(k);
    let value = 0;
    for (let i = 0; i < k; i++) {
      let row = 0;
      for (let j = 0; j < k; j++) row += c[i * k + j] * x[j];
      residual[i] = row - price[i] * x[i] ** -q;
      const gain = q === 1 ? Math.log(x[i]) : x[i] ** (1 - q) / (1 - q);
      value += 0.5 * x[i] * row - price[i] * gain;
    }
    return { residual, value };
  };
  let here = at(beta);
  for (let round = 0; round < 200; round++) {
    const h = c.slice();
    for (let i = 0; i < k; i++) h[i * k + i] += q * price[i] * beta[i] ** (-q - 1);
    const step = solvePositive(h, here.residual);
    let decrement = 0;
    for (let i = 0; i < k; i++) decrement += step[i] * here.residual[i];
    let length = 1;
    for (let i = 0; i < k; i++) {
      if (step[i] > 0) length = Math.min(length, (0.95 * beta[i]) / step[i]);
    }
    let next = beta;
    for (let halving = 0; halving < 40; halving++, length /= 2) {
      next = beta.map((b, i) => b - length * step[i]);
      const there = at(next);
      // Close to the minimum the values are equal to rounding, and the full step is the best.
      const slack = 1e-13 * Math.abs(here.value);
      if (there.value <= here.value - 1e-4 * length * decrement + slack) {
        here = there;
        break;
      }
    }
    const moved = beta.some((b, i) => Math.abs(next[i] - b) > 1e-14 * b);
    beta = next;
    if (!moved) break;
  }
  return beta;
}

/** Solves Hx = b for a positive definite H. */
function solvePositive(h: Float64Array, b: Float64Array): Float64Array {
  const k = b.length;
  const l = h;
  const x = b.slice();
  for (let i = 0; i < k; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = l[i * k + j];
      for (let r = 0; r < j; r++) sum -= l[i * k + r] * l[j * k + r];
      l[i * k + j] = i === j ? Math.sqrt(Math.max(sum, 1e-300)) : sum / l[j * k + j];
    }
    for (let j = 0; j < i; j++) x[i] -= l[i * k + j] * x[j];
    x[i] /= l[i * k + i];
  }
  for (let i = k - 1; i >= 0; i--) {
    for (let j = i + 1; j < k; j++) x[i] -= l[j * k + i] * x[j];
    x[i] /= l[i * k + i];
  }
  return x;
}
