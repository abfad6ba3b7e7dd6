import { z } from "zod";
import { elasticNet } from "../optim/prox.ts";
import { featureGroups, groupSum } from "./groups.ts";
import type { ProximalRegularizer } from "./regularizer.ts";

const config = z.strictObject({
  weight: z
    .number()
    .min(0)
    .default(1e-2)
    .describe("Factor of Σ over features of min(Σ|row|, cap)."),
  cap: z
    .number()
    .positive()
    .default(1)
    .describe("Σ|row| from which a feature costs no more: large weights are not shrunk."),
});

/**
 * Σ over features of min(Σ|row|, cap): sparse like the lasso, without its shrinking of large weights.
 * Not convex: solvers find a local minimum, near where they start. @cite gong2013
 */
export const cappedL1: ProximalRegularizer<z.infer<typeof config>> = {
  name: "cappedL1",
  title: "Capped L1 over features",
  summary:
    "weight·Σ over features of min(Σ|row|, cap): sparse, large weights unshrunk; not convex.",
  cite: ["gong2013"],
  config,
  convex: false,
  form: "proximal",
  value: (weights, { weight, cap }, layout) =>
    featureGroups(layout).reduce(
      (sum, group) => sum + weight * Math.min(cap, groupSum(weights, group)),
      0,
    ),
  prox(weights, step, { weight, cap }, layout) {
    // The minimum of two functions: whichever has the lower minimum of its own.
    const lasso = elasticNet(weight);
    for (const { start, count } of featureGroups(layout)) {
      const row = weights.subarray(start, start + count);
      const shrunk = row.slice();
      lasso.prox(shrunk, step);
      let cost = step * lasso.value(shrunk);
      for (let k = 0; k < count; k++) cost += 0.5 * (shrunk[k] - row[k]) ** 2;
      if (cost < step * weight * cap) row.set(shrunk);
    }
  },
};
