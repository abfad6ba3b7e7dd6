import { z } from "zod";
import { fromGram } from "./from-gram.ts";
import type { Gram } from "./gram.ts";
import { keeping } from "./keep.ts";
import { othersInRandomOrder } from "./pcgrad.ts";
import type { Weighting } from "./weighting.ts";

const config = z.strictObject({
  beta: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe("How fast the aimed-at cosine of two tasks follows the one seen."),
});

/**
 * Gradient vaccine: a gradient whose cosine with another is below what is usual for the two is turned
 * towards it until the cosine is the usual one. The usual one is a moving average, over the whole of the
 * shared parameters. The order is drawn from seed and step.
 */
export const gradvac: Weighting<z.infer<typeof config>> = {
  name: "gradvac",
  title: "Gradient Vaccine",
  summary: "Gradients are turned until their cosines are what is usual for the two tasks.",
  cite: ["wang2021"],
  config,
  needs: "gradients",
  create({ beta }, tasks) {
    const k = tasks.names.length;
    const target = new Float64Array(k * k);
    return fromGram(tasks, {
      own: "one",
      kept: keeping({ target }),
      weights: (gram, at, { step }) =>
        gradvacWeights(gram, othersInRandomOrder(at.length, tasks.seed, "gradvac", step), {
          beta,
          target: (i, j) => target[at[i] * k + at[j]],
          follow: (i, j, cosine) => {
            target[at[i] * k + at[j]] = cosine;
          },
        }),
    });
  },
};

interface Targets {
  readonly beta: number;
  target(i: number, j: number): number;
  follow(i: number, j: number, cosine: number): void;
}

/** GradVac's weights, where task i meets the others in the order `orders[i]`; moves the targets. */
export function gradvacWeights(
  { k, values: g }: Gram,
  orders: readonly (readonly number[])[],
  targets: Targets,
): Float64Array {
  const total = new Float64Array(k);
  for (let i = 0; i < k; i++) {
    const c = new Float64Array(k);
    c[i] = 1;
    for (const j of orders[i]) {
      let along = 0;
      let square = 0;
      for (let r = 0; r < k; r++) {
        along += c[r] * g[r * k + j];
        for (let s = 0; s < k; s++) square += c[r] * g[r * k + s] * c[s];
      }
      let terms = 0;
      for (let r = 0; r < k; r++) terms += Math.abs(c[r]) * Math.sqrt(g[r * k + r]);
      const size = Math.sqrt(Math.max(0, square));
      const other = Math.sqrt(g[j * k + j]);
      if (!(size > 1e-7 * terms && other > 0)) continue;
      const cosine = Math.min(1, Math.max(-1, along / (size * other)));
      const aim = targets.target(i, j);
      const aimSine = Math.sqrt(1 - aim * aim);
      if (cosine < aim && aimSine > 1e-8) {
        const sine = Math.sqrt(1 - cosine * cosine);
        c[j] += (size * (aim * sine - cosine * aimSine)) / (other * aimSine);
      }
      targets.follow(i, j, aim + targets.beta * (cosine - aim));
    }
    for (let j = 0; j < k; j++) total[j] += c[j];
  }
  return total;
}
