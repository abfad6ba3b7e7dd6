/** A point along a search direction. */
export interface LinePoint {
  readonly step: number;
  readonly value: number;
  /** Directional derivative. */
  readonly slope: number;
  /** The gradient there. */
  readonly gradient: Float64Array;
}

export interface LineSearchOptions {
  /** Share of the linearly predicted decrease that a step must give. */
  readonly decrease: number;
  /** Share of the initial slope that may be left. */
  readonly curvature: number;
  /** Relative error of values: a smaller change says nothing. */
  readonly valuePrecision: number;
  readonly maxEvaluations: number;
}

export interface LineSearchResult {
  /**
   * `wolfe`: both conditions hold; `decrease`: only the value is lower; `failed`: no lower value was
   * found; `nonFinite`: only values that are not finite were found.
   */
  readonly status: "wolfe" | "decrease" | "failed" | "nonFinite";
  readonly point: LinePoint;
  /** The last value that was not finite, for a message. */
  readonly nonFinite?: number;
}

/**
 * Finds a step that satisfies the strong Wolfe conditions, by bracketing and then zooming with cubic
 * interpolation (algorithms 3.5 and 3.6 of the source). A value that is not finite counts as a step
 * too long. Where the change of value may be rounding, the slope alone decides (in the spirit of the
 * approximate conditions of the second source). @cite nocedal2006 hager2005
 * @param start the point of step 0, with a negative slope.
 */
export async function strongWolfe(
  evaluate: (step: number) => Promise<LinePoint>,
  start: LinePoint,
  firstStep: number,
  options: LineSearchOptions,
): Promise<LineSearchResult> {
  const { decrease, curvature, valuePrecision } = options;
  const noise = valuePrecision * Math.abs(start.value);
  let left = options.maxEvaluations;
  let best = start;
  let nonFinite: number | undefined;

  const isLower = (p: LinePoint) => p.value <= start.value + decrease * p.step * start.slope;
  const isFlat = (p: LinePoint) => Math.abs(p.slope) <= -curvature * start.slope;
  const isWolfe = (p: LinePoint) =>
    isFlat(p) && (isLower(p) || Math.abs(p.value - start.value) <= noise);

  async function look(step: number): Promise<LinePoint | undefined> {
    left--;
    const point = await evaluate(step);
    if (!Number.isFinite(point.value) || !Number.isFinite(point.slope)) {
      nonFinite = Number.isFinite(point.value) ? point.slope : point.value;
      return undefined;
    }
    if (point.value < best.value) best = point;
    return point;
  }

  function give(): LineSearchResult {
    if (best.value < start.value) return { status: "decrease", point: best, nonFinite };
    const neverFinite = nonFinite !== undefined && bracket === undefined && previous === start;
    return { status: neverFinite ? "nonFinite" : "failed", point: start, nonFinite };
  }

  let previous = start;
  let bracket: [low: LinePoint, high: LinePoint] | undefined;
  let limit = Number.POSITIVE_INFINITY;
  let step = firstStep;
  while (!bracket) {
    if (left <= 0 || step === previous.step) return give();
    const point = await look(step);
    if (!point) {
      limit = step;
      step = previous.step + (step - previous.step) / 4;
      continue;
    }
    if (isWolfe(point)) return { status: "wolfe", point, nonFinite };
    const rises = previous !== start && point.value >= previous.value;
    if (!isLower(point) || rises) bracket = [previous, point];
    else if (point.slope >= 0) bracket = [point, previous];
    else {
      step =
        limit < Number.POSITIVE_INFINITY ? (point.step + limit) / 2 : extrapolate(previous, point);
      previous = point;
    }
  }

  let [low, high] = bracket;
  while (left > 0) {
    step = interpolate(low, high);
    if (step === low.step || step === high.step) break;
    const point = await look(step);
    if (!point) {
      high = { ...high, step, value: Number.POSITIVE_INFINITY, slope: Number.NaN };
      continue;
    }
    if (isWolfe(point)) return { status: "wolfe", point, nonFinite };
    if (!isLower(point) || point.value >= low.value) high = point;
    else {
      if (point.slope * (high.step - low.step) >= 0) high = low;
      low = point;
    }
  }
  return give();
}

/** A longer step: where the cubic through two points is lowest, from 1.1 to 10 times further. */
function extrapolate(a: LinePoint, b: LinePoint): number {
  const gap = b.step - a.step;
  const lowest = cubicMinimum(a, b);
  const step = lowest > b.step ? lowest : b.step + 2 * gap;
  return Math.min(Math.max(step, b.step + 0.1 * gap), b.step + 10 * gap);
}

/** A step inside a bracket: where the cubic is lowest, or the middle where that is near an end. */
function interpolate(low: LinePoint, high: LinePoint): number {
  const gap = high.step - low.step;
  const middle = low.step + gap / 2;
  const lowest = cubicMinimum(low, high);
  const share = (lowest - low.step) / gap;
  return share >= 0.1 && share <= 0.9 ? lowest : middle;
}

/** Where the cubic through two values and slopes has its minimum; NaN where it has none. */
function cubicMinimum(a: LinePoint, b: LinePoint): number {
  const d1 = a.slope + b.slope - (3 * (a.value - b.value)) / (a.step - b.step);
  const d2 = Math.sign(b.step - a.step) * Math.sqrt(d1 * d1 - a.slope * b.slope);
  return b.step - ((b.step - a.step) * (b.slope + d2 - d1)) / (b.slope - a.slope + 2 * d2);
}
