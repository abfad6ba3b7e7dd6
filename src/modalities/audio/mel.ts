/** Pitch scales, the filters that lie on them, and the cosine transform of their logarithms. */

interface MelScale {
  readonly toMel: (hertz: number) => number;
  readonly toHertz: (mel: number) => number;
  /** Whether filters have equal area, rather than equal height. */
  readonly equalArea: boolean;
}

/** Below 1 kHz 200/3 Hz a step, above it 27 steps for each factor of 6.4. */
const slaney = { width: 200 / 3, from: 1000, ratio: Math.log(6.4) / 27 };

/**
 * The scale of HTK, 2595 · log₁₀(1 + f/700), with filters of height 1; and Slaney's, linear below 1 kHz and
 * logarithmic above, with filters of area 1. @cite young2006, slaney1998
 */
export const melScales = {
  htk: {
    toMel: (hertz) => 2595 * Math.log10(1 + hertz / 700),
    toHertz: (mel) => 700 * (10 ** (mel / 2595) - 1),
    equalArea: false,
  },
  slaney: {
    toMel: (hertz) =>
      hertz < slaney.from
        ? hertz / slaney.width
        : slaney.from / slaney.width + Math.log(hertz / slaney.from) / slaney.ratio,
    toHertz: (mel) => {
      const over = mel - slaney.from / slaney.width;
      return over < 0 ? mel * slaney.width : slaney.from * Math.exp(over * slaney.ratio);
    },
    equalArea: true,
  },
} as const satisfies Record<string, MelScale>;

export type MelScaleName = keyof typeof melScales;

/**
 * Triangular filters whose corners lie evenly on the scale from `low` to `high` Hz: `[bins, filters]`,
 * for the frequencies i · rate / (2 · (bins − 1)). Filter m rises from corner m to m + 1 and falls to
 * m + 2.
 */
export function melFilters(
  name: MelScaleName,
  filters: number,
  bins: number,
  rate: number,
  [low, high]: readonly [number, number],
): Float64Array {
  const { toMel, toHertz, equalArea } = melScales[name];
  const [first, last] = [toMel(low), toMel(high)];
  const corners = Array.from({ length: filters + 2 }, (_, i) =>
    toHertz(first + ((last - first) * i) / (filters + 1)),
  );
  const out = new Float64Array(bins * filters);
  for (let bin = 0; bin < bins; bin++) {
    const hertz = (bin * rate) / (2 * (bins - 1));
    for (let m = 0; m < filters; m++) {
      const [left, center, right] = corners.slice(m, m + 3);
      const rise = (hertz - left) / (center - left);
      const fall = (right - hertz) / (right - center);
      const height = equalArea ? 2 / (right - left) : 1;
      out[bin * filters + m] = Math.max(0, Math.min(rise, fall)) * height;
    }
  }
  return out;
}

/** The orthonormal cosine transform (type II), its first `count` rows: `[size, count]`. @cite davis1980 */
export function cosineTransform(size: number, count: number): Float64Array {
  const out = new Float64Array(size * count);
  for (let n = 0; n < size; n++) {
    for (let k = 0; k < count; k++) {
      const scale = Math.sqrt((k === 0 ? 1 : 2) / size);
      out[n * count + k] = scale * Math.cos((Math.PI * k * (n + 0.5)) / size);
    }
  }
  return out;
}
