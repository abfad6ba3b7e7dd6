import { z } from "zod";
import { fromGram } from "./from-gram.ts";
import { dot, type Gram, lengths, pick, restrict, spread, squaredLength, times } from "./gram.ts";
import { preference, preferenceOf } from "./preference.ts";
import { simplexMinimum } from "./quadratic.ts";
import type { Weighting } from "./weighting.ts";

const config = z.strictObject({
  c: z
    .number()
    .min(0)
    .max(100)
    .default(0.5)
    .describe("How far from the average gradient the update may be, as a share of its length."),
  rescale: z
    .enum(["none", "squared", "linear"])
    .default("squared")
    .describe("What the update is divided by: 1, 1 + c², or 1 + c."),
  preference,
});

/**
 * The update that does most for the worst-off task among those within c·‖g₀‖ of the average gradient
 * g₀. With a preference, g₀ is the average with those weights.
 */
export const cagrad: Weighting<z.infer<typeof config>> = {
  name: "cagrad",
  title: "CAGrad",
  summary: "Best for the worst-off task, within a ball around the average gradient.",
  cite: ["liu2021"],
  config,
  needs: "gradients",
  create({ c, rescale, preference }, tasks) {
    const share = preferenceOf(preference, tasks);
    const divisor = { none: 1, squared: 1 + c * c, linear: 1 + c }[rescale];
    return fromGram(tasks, {
      own: "one",
      weights(gram, at) {
        const p = pick(share, at);
        const sum = p.reduce((a, b) => a + b, 0);
        return cagradWeights(
          gram,
          p.map((v) => v / sum),
          c,
        ).map((w) => w / divisor);
      },
    });
  },
};

/**
 * The weights p + (c‖g₀‖/‖g_w‖) w, where w on the simplex minimises g_w·g₀ + c‖g₀‖‖g_w‖. That is a
 * quadratic program for every guess τ of ‖g_w‖ (with ½(‖g_w‖²/τ + τ) for the length), and the right
 * guess is the root of ‖g_w(τ)‖ − τ. Where the minimum has ‖g_w‖ = 0, g_w/τ has a limit shorter than 1
 * for τ → 0, and the update is inside the ball.
 */
export function cagradWeights(full: Gram, p: Float64Array, c: number): Float64Array {
  const radius = c * Math.sqrt(squaredLength(full, p));
  if (!(radius > 0)) return p;
  // A zero gradient is as badly off with any update: it is left out of the worst.
  const moving = [...p.keys()].filter((i) => full.values[i * full.k + i] > 0);
  const gram = restrict(full, moving);
  const size = lengths(gram);
  const towards = pick(times(full, p), moving);
  const shortest = simplexMinimum(gram);
  const least = Math.sqrt(squaredLength(gram, shortest));
  let w = shortest;
  const solve = (tau: number) => {
    const f = towards.map((v) => (v * tau) / radius);
    w = simplexMinimum(gram, f, w);
    return Math.sqrt(squaredLength(gram, w)) - tau;
  };
  const floor = 1e-5 * dot(shortest, size);
  if (!(floor > 0)) return p;
  const tau = root(solve, Math.max(least, floor), Math.max(...size));
  // A part of w that combines to nothing would only cost precision.
  let idle = 0;
  if (least <= 1e-3 * floor) {
    idle = Number.POSITIVE_INFINITY;
    shortest.forEach((v, i) => {
      if (v > 0) idle = Math.min(idle, w[i] / v);
    });
  }
  const extra = w.map((v, i) => (radius / tau) * (v - idle * shortest[i]));
  return spread(extra, moving, full.k).map((v, i) => p[i] + v);
}

/** The root of a falling function by Illinois' false position; `low` where it is below that. */
function root(f: (x: number) => number, from: number, to: number): number {
  let low = from;
  let high = to;
  let fHigh = f(high);
  if (fHigh >= 0) return high;
  let fLow = f(low);
  if (fLow <= 0) return low;
  let x = low;
  for (let round = 0; round < 100 && high - low > 1e-15 * high; round++) {
    x = Math.min(high, Math.max(low, (low * fHigh - high * fLow) / (fHigh - fLow)));
    const value = f(x);
    if (Math.abs(value) <= 1e-14 * x) break;
    if (value > 0) {
      low = x;
      fLow = value;
      fHigh /= 2;
    } else {
      high = x;
      fHigh = value;
      fLow /= 2;
    }
  }
  return x;
}

/** The objective that `cagradWeights` minimises over the simplex. */
export function cagradObjective(gram: Gram, p: Float64Array, c: number, w: Float64Array): number {
  const radius = c * Math.sqrt(squaredLength(gram, p));
  return dot(w, times(gram, p)) + radius * Math.sqrt(squaredLength(gram, w));
}
