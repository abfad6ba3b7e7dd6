/** What a transform of one size needs: bit-reversed places, sines and cosines. */
interface Plan {
  readonly size: number;
  readonly reversed: Uint32Array;
  readonly cos: Float64Array;
  readonly sin: Float64Array;
  /** Scratch of `size` / 2 complex numbers. */
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** A plan for real signals of `size` samples, a power of two from 4. */
export function fourierPlan(size: number): Plan {
  const half = size / 2;
  const bits = Math.log2(half);
  const reversed = new Uint32Array(half);
  for (let i = 0; i < half; i++) reversed[i] = (reversed[i >> 1] >> 1) | ((i & 1) << (bits - 1));
  const angle = (i: number) => (-2 * Math.PI * i) / size;
  return {
    size,
    reversed,
    cos: Float64Array.from({ length: half }, (_, i) => Math.cos(angle(i))),
    sin: Float64Array.from({ length: half }, (_, i) => Math.sin(angle(i))),
    re: new Float64Array(half),
    im: new Float64Array(half),
  };
}

/**
 * |X|² of a real signal at the frequencies 0 … size/2, by the radix-2 transform of half the size: even
 * samples are its real part, odd ones its imaginary part. @cite cooley1965
 */
export function powerSpectrum(plan: Plan, signal: Float64Array, out: Float64Array): void {
  const { size, reversed, cos, sin, re, im } = plan;
  const half = size / 2;
  for (let i = 0; i < half; i++) {
    const at = 2 * reversed[i];
    re[i] = signal[at];
    im[i] = signal[at + 1];
  }
  for (let width = 1; width < half; width *= 2) {
    const step = half / width;
    for (let start = 0; start < half; start += 2 * width) {
      for (let k = 0; k < width; k++) {
        const i = start + k;
        const j = i + width;
        const c = cos[k * step];
        const s = sin[k * step];
        const x = re[j] * c - im[j] * s;
        const y = re[j] * s + im[j] * c;
        re[j] = re[i] - x;
        im[j] = im[i] - y;
        re[i] += x;
        im[i] += y;
      }
    }
  }
  out[0] = (re[0] + im[0]) ** 2;
  out[half] = (re[0] - im[0]) ** 2;
  for (let k = 1; k < half; k++) {
    const m = half - k;
    const evenRe = (re[k] + re[m]) / 2;
    const evenIm = (im[k] - im[m]) / 2;
    const oddRe = (im[k] + im[m]) / 2;
    const oddIm = (re[m] - re[k]) / 2;
    const x = evenRe + oddRe * cos[k] - oddIm * sin[k];
    const y = evenIm + oddRe * sin[k] + oddIm * cos[k];
    out[k] = x * x + y * y;
  }
}
