/** Chebyshev coefficients of erf(x)/x on |x| ≤ 1, in 2x² − 1 (`fixtures/erf.py`). */
const near = [
  0.9754769393826541, -0.14226120510371365, 0.010035582187599796, -0.0005768764699767485,
  2.741993125219606e-5, -1.1043175507344507e-6, 3.8488755420345036e-8, -1.1808582533875466e-9,
  3.2334215826050907e-11, -7.991015947004549e-13, 1.7990725113961456e-14, -3.718635487818693e-16,
  7.103599003714253e-18,
];

/** Chebyshev coefficients of (1 − erf(x))·e^(x²) on 1 ≤ x ≤ 6, in 1/(x + 2) scaled to [−1, 1]. */
const far = [
  0.24078150322816144, 0.1660357343713446, 0.01937548512710411, 0.0013725838866457216,
  2.3301617872657463e-5, -4.842439456015362e-6, -2.1925049177302584e-7, 2.8603646284729237e-8,
  1.258114961136046e-9, -2.4685801467325007e-10, -2.494144837888475e-12, 2.3295004504759956e-12,
  -9.680201775604102e-14, -1.779692405045016e-14, 2.244625861005935e-15, 2.9106217488718164e-17,
  -2.84441837713067e-17, 2.1690529809868515e-18,
];

/** Σ cₖ·Tₖ(t) by Clenshaw's recurrence. */
function chebyshev(coefficients: readonly number[], t: number): number {
  let b1 = 0;
  let b2 = 0;
  const twice = 2 * t;
  for (let k = coefficients.length - 1; k > 0; k--) {
    const b = twice * b1 - b2 + coefficients[k];
    b2 = b1;
    b1 = b;
  }
  return t * b1 - b2 + coefficients[0];
}

/** Gauss error function, to about 2·10⁻¹⁶ absolute. */
function erf(x: number): number {
  const size = Math.abs(x);
  if (size <= 1) return x * chebyshev(near, 2 * x * x - 1);
  if (!(size < 6)) return Number.isNaN(x) ? x : Math.sign(x);
  const u = 1 / (size + 2);
  const tail = Math.exp(-size * size) * chebyshev(far, (48 * u - 11) / 5);
  return x < 0 ? tail - 1 : 1 - tail;
}

/** Functions that generated code reaches under the name `R`. */
export const special = { erf };
