/** A map from data to pixels, with the ticks that an axis shows. */
export interface Scale {
  readonly domain: readonly [number, number];
  readonly range: readonly [number, number];
  readonly ticks: readonly { readonly value: number; readonly label: string }[];
  at(value: number): number;
}

/** Smallest and largest of the finite values; `undefined` when there is none. */
export function extent(
  values: Iterable<number | null | undefined>,
): readonly [number, number] | undefined {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (typeof value !== "number" || !Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : undefined;
}

/** A linear scale; with `nice`, the domain grows to the next round numbers. About `count` ticks. */
export function linearScale(
  domain: readonly [number, number],
  range: readonly [number, number],
  { nice = true, count = 5, integers = false } = {},
): Scale {
  let [low, high] = widen(domain);
  const raw = niceStep((high - low) / count);
  const step = integers ? Math.max(1, Math.round(raw)) : raw;
  if (nice) {
    low = Math.floor(low / step + 1e-9) * step;
    high = Math.ceil(high / step - 1e-9) * step;
  }
  const ticks = [];
  const first = Math.ceil(low / step - 1e-9);
  for (let k = first; k * step <= high + step * 1e-9; k++) {
    const value = k * step;
    ticks.push({ value, label: tickLabel(value, step) });
  }
  const slope = (range[1] - range[0]) / (high - low);
  return { domain: [low, high], range, ticks, at: (value) => range[0] + (value - low) * slope };
}

/** A base-10 logarithmic scale over positive values, with ticks at 1, 2, 5 or at powers of ten. */
export function logScale(
  domain: readonly [number, number],
  range: readonly [number, number],
): Scale {
  const high = Math.max(domain[1], Number.MIN_VALUE);
  const low = Math.min(domain[0], high / 1.5);
  const [from, to] = [Math.log10(low), Math.log10(high)];
  const mantissas = to - from < 2.5 ? [1, 2, 5] : [1];
  const every = Math.max(1, Math.ceil((to - from) / 6));
  const ticks = [];
  for (let e = Math.floor(from); e <= Math.ceil(to); e++) {
    if (e % every !== 0) continue;
    for (const m of mantissas) {
      const value = m * 10 ** e;
      if (value >= low * 0.999 && value <= high * 1.001)
        ticks.push({ value, label: logLabel(m, e) });
    }
  }
  const slope = (range[1] - range[0]) / (to - from);
  return {
    domain: [low, high],
    range,
    ticks,
    at: (value) => range[0] + (Math.log10(value) - from) * slope,
  };
}

/** The step 1, 2, 2.5 or 5 times a power of ten that is nearest above `rough`. */
function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const size = rough / power;
  return power * (size <= 1 ? 1 : size <= 2 ? 2 : size <= 2.5 ? 2.5 : size <= 5 ? 5 : 10);
}

/** Gives a domain of one point (up to rounding) some room, so that the point lies in the middle. */
function widen([low, high]: readonly [number, number]): [number, number] {
  if (high - low > 1e-12 * Math.max(Math.abs(low), Math.abs(high))) return [low, high];
  const room = Math.abs(low) > 0 ? Math.abs(low) * 0.1 : 1;
  return [low - room, low + room];
}

/** As many digits as the step needs; steps of 2.5 need one more than their power of ten. */
function tickLabel(value: number, step: number): string {
  const size = Math.max(Math.abs(value), step);
  if (Math.abs(value) < step * 1e-6) return "0";
  if (size >= 1e6 || step < 1e-4) {
    const power = Math.floor(Math.log10(step) + 1e-9);
    const digits = Math.max(0, Math.floor(Math.log10(size) + 1e-9) - power);
    const all = isWhole(step / 10 ** power) ? digits : digits + 1;
    return value.toExponential(Math.min(all, 15)).replace("e+", "e").replaceAll("-", "−");
  }
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const exact = isWhole(step * 10 ** decimals);
  return value
    .toLocaleString("en-US", {
      minimumFractionDigits: exact ? decimals : decimals + 1,
      maximumFractionDigits: exact ? decimals : decimals + 1,
    })
    .replace("-", "−");
}

function isWhole(value: number): boolean {
  return Math.abs(value - Math.round(value)) < 1e-6;
}

function logLabel(mantissa: number, exponent: number): string {
  if (exponent >= -3 && exponent <= 3) {
    return (mantissa * 10 ** exponent).toLocaleString("en-US", { maximumFractionDigits: 3 });
  }
  return `${mantissa}e${exponent}`.replace("-", "−");
}
