/** What stands where a number does not exist. */
export const dash = "–";

const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** Tells a usable measurement from a missing one: `null`, `undefined`, NaN and infinities are missing. */
export function isMeasured(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

/** Writes a number with at least `digits` significant digits; integers in full, with thousands separated. */
export function formatNumber(value: number | null | undefined, digits = 3): string {
  if (!isMeasured(value)) return dash;
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size >= 1e9 || size < 1e-4) return scientific(value, digits);
  if (Number.isInteger(value)) return minus(grouped.format(value));
  const whole = Math.floor(Math.log10(size)) + 1;
  const decimals = Math.max(0, digits - whole);
  return minus(
    value.toLocaleString("en-US", {
      maximumFractionDigits: decimals,
      minimumFractionDigits: Math.min(decimals, 3),
    }),
  );
}

/** Writes a metric: three decimals below ten, fewer above, so that a column of them lines up. */
export function formatMetric(value: number | null | undefined): string {
  if (!isMeasured(value)) return dash;
  const size = Math.abs(value);
  if (size !== 0 && size < 5e-4) return scientific(value, 2);
  if (size >= 1e6) return scientific(value, 3);
  const decimals = size < 10 ? 3 : size < 100 ? 2 : size < 1000 ? 1 : 0;
  return minus(
    value.toLocaleString("en-US", {
      maximumFractionDigits: decimals,
      minimumFractionDigits: decimals,
    }),
  );
}

/** Writes a difference with its sign. */
export function formatDifference(value: number | null | undefined): string {
  if (!isMeasured(value)) return dash;
  return value > 0 ? `+${formatMetric(value)}` : formatMetric(value);
}

/** Writes a share that may be a gain or a loss: "+4 %", "−0.25 %". */
export function formatGain(share: number | null | undefined): string {
  if (!isMeasured(share)) return dash;
  // 100 × 0.07 is 7.000000000000001.
  const percent = Number((share * 100).toPrecision(12));
  return `${share > 0 ? "+" : ""}${formatNumber(percent, 2)}\u00a0%`;
}

/** Writes a number of things. */
export function formatCount(value: number | null | undefined): string {
  return isMeasured(value) ? minus(grouped.format(value)) : dash;
}

/** Writes "1 row", "2 rows", "1,906 rows". */
export function formatPlural(value: number, one: string, many = `${one}s`): string {
  return `${formatCount(value)} ${value === 1 ? one : many}`;
}

/** Writes a share (0..1) as percent; never "0 %" or "100 %" for what is not exactly that. */
export function formatPercent(value: number | null | undefined): string {
  if (!isMeasured(value)) return dash;
  const percent = value * 100;
  const size = Math.abs(percent);
  if (size !== 0 && size < 0.05) return `${percent < 0 ? "> −0.1" : "< 0.1"} %`;
  if (size < 100 && size > 99.95) return `${minus(percent < 0 ? "-" : "")}> 99.9 %`;
  return `${minus(size === 0 || size === 100 ? percent.toFixed(0) : percent.toFixed(1))} %`;
}

const byteUnits = ["B", "KB", "MB", "GB", "TB", "PB"];

/** Writes bytes in powers of 1000 ("4.21 MB"). */
export function formatBytes(value: number | null | undefined): string {
  if (!isMeasured(value)) return dash;
  let rest = value;
  let unit = 0;
  while (rest >= 999.5 && unit < byteUnits.length - 1) {
    rest /= 1000;
    unit++;
  }
  return `${unit === 0 ? formatCount(rest) : formatNumber(Number(rest.toPrecision(3)))} ${byteUnits[unit]}`;
}

/** Writes seconds as "820 ms", "12.4 s", "2 min 05 s", "3 h 20 min". */
export function formatDuration(seconds: number | null | undefined): string {
  if (!isMeasured(seconds)) return dash;
  if (seconds < 1) return `${formatNumber(Number((seconds * 1000).toPrecision(3)))} ms`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const total = Math.round(seconds);
  const pad = (n: number) => String(n).padStart(2, "0");
  if (total < 3600) return `${Math.floor(total / 60)} min ${pad(total % 60)} s`;
  return `${formatCount(Math.floor(total / 3600))} h ${pad(Math.floor((total % 3600) / 60))} min`;
}

/** Writes an ISO instant as "2026-03-01 09:30 UTC"; anything else is returned as it is. */
export function formatInstant(iso: string): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return iso;
  return `${time.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** Writes a fact's value: numbers formatted, strings as they are, the unit behind. */
export function formatFact(value: string | number | null, unit?: string): string {
  const text = typeof value === "string" ? value : formatNumber(value);
  return unit && text !== dash ? `${text} ${unit}` : text;
}

/** Shortens text to `length` characters (by code point), ending in an ellipsis. */
export function shorten(text: string, length: number): string {
  const characters = [...text];
  return characters.length <= length
    ? text
    : `${characters
        .slice(0, length - 1)
        .join("")
        .trimEnd()}…`;
}

function scientific(value: number, digits: number): string {
  const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
  return `${minus(mantissa)}e${minus(exponent.replace("+", ""))}`;
}

/** Replaces the hyphen in front of a number by a minus sign, which is as wide as a digit. */
function minus(text: string): string {
  return text.replace("-", "−");
}
