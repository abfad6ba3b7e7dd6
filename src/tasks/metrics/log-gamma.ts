/** Coefficients B(2k) / (2k (2k − 1)) of Stirling's series. */
const stirling = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156];

/** The logarithm of the gamma function for `x > 0`, to about 1e-14 of its size. */
export function logGamma(x: number): number {
  // The series is good to the last digits from 10 on; Γ(x) = Γ(x + 1) / x leads there.
  let product = 1;
  let z = x;
  for (; z < 10; z++) product *= z;
  let tail = 0;
  for (let k = stirling.length - 1; k >= 0; k--) tail = tail / (z * z) + stirling[k];
  return (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + tail / z - Math.log(product);
}
