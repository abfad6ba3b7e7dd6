/** Resampling by a rational factor through a windowed sinc filter, one phase at a time. @cite crochiere1983 */

/** Zero crossings of the sinc on each side, at the lower of the two rates. */
const crossings = 10;
/** Shape of the Kaiser window: about 53 dB of attenuation. @cite kaiser1974 */
const beta = 5;

/** A filter that turns `down` samples into `up`. */
export interface Resampler {
  readonly up: number;
  readonly down: number;
  /** Symmetric, with `2 · half + 1` coefficients at `up` times the first rate; its sum is `up`. */
  readonly filter: Float64Array;
  readonly half: number;
}

/** Makes the filter from one rate to another, both whole numbers of samples a second. */
export function resampler(from: number, to: number): Resampler {
  const divisor = greatestCommonDivisor(from, to);
  const [up, down] = [to / divisor, from / divisor];
  const wide = Math.max(up, down);
  const half = crossings * wide;
  const filter = new Float64Array(2 * half + 1);
  let sum = 0;
  for (let i = 0; i <= 2 * half; i++) {
    const x = i - half;
    const window = bessel0(beta * Math.sqrt(Math.max(0, 1 - (x / half) ** 2))) / bessel0(beta);
    filter[i] = window * sinc(x / wide);
    sum += filter[i];
  }
  return { up, down, half, filter: filter.map((value) => (value * up) / sum) };
}

/**
 * Resamples a signal, taken to be 0 before and after: ⌈n · up / down⌉ samples, or as many of them as
 * asked for.
 */
export function resample(
  signal: Float32Array,
  { up, down, filter, half }: Resampler,
  most = Number.POSITIVE_INFINITY,
): Float32Array {
  if (up === down) return signal.length > most ? signal.subarray(0, most) : signal;
  const out = new Float32Array(Math.min(most, Math.ceil((signal.length * up) / down)));
  for (let n = 0; n < out.length; n++) {
    // Output n lies at n · down of the fine grid, on which sample i lies at i · up.
    const center = n * down;
    const first = Math.max(0, Math.ceil((center - half) / up));
    const last = Math.min(signal.length - 1, Math.floor((center + half) / up));
    let sum = 0;
    for (let i = first, k = half + center - first * up; i <= last; i++, k -= up) {
      sum += signal[i] * filter[k];
    }
    out[n] = sum;
  }
  return out;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** The modified Bessel function I₀, by its power series. */
function bessel0(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > 1e-17 * sum; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}
