import { z } from "zod";
import { fromGram } from "./from-gram.ts";
import { dot, type Gram, pick, squaredLength, times } from "./gram.ts";
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
 * guess is the root of ‖g_w(τ)‖ − τ, which falls in τ.
 */
export function cagradWeights(gram: Gram, p: Float64Array, c: number): Float64Array {
  const radius = c * Math.sqrt(squaredLength(gram, p));
  const longest = Math.sqrt(Math.max(...gram.values));
  if (!(radius > 0)) return p;
  const towards = times(gram, p);
  let w = simplexMinimum(gram);
  const solve = (tau: number) => {
    const f = towards.map((v) => (v * tau) / radius);
    w = simplexMinimum(gram, f, w);
    return Math.sqrt(squaredLength(gram, w)) - tau;
  };
  let low = Math.sqrt(squaredLength(gram, w));
  if (low <= 1e-10 * longest) low = 1e-10 * longest;
  let high = longest;
  let fLow = solve(low);
  let fHigh = solve(high);
  if (fLow <= 0) high = low;
  if (fHigh >= 0) low = high;
  // Illinois' false position: the bracket shrinks from both ends.
  for (let round = 0; round < 100 && high - low > 1e-15 * high; round++) {
    const tau = Math.min(high, Math.max(low, (low * fHigh - high * fLow) / (fHigh - fLow)));
    const value = solve(tau);
    if (Math.abs(value) <= 1e-15 * tau) break;
    if (value > 0) {
      low = tau;
      fLow = value;
      fHigh /= 2;
    } else {
      high = tau;
      fHigh = value;
      fLow /= 2;
    }
  }
  const length = Math.sqrt(squaredLength(gram, w));
  if (length <= 1e-9 * longest) return p;
  // Where the shortest combination is already against no task, the ball's edge is along g_w.
  return w.map((v, i) => p[i] + (radius / length) * v);
}

/** The objective that `cagradWeights` minimises over the simplex. */
export function cagradObjective(gram: Gram, p: Float64Array, c: number, w: Float64Array): number {
  const radius = c * Math.sqrt(squaredLength(gram, p));
  return dot(w, times(gram, p)) + radius * Math.sqrt(squaredLength(gram, w));
}
