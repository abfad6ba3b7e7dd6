import { z } from "zod";
import { around, aroundMean } from "./around-mean.ts";
import { featureGroups, groupNorm, shortenGroup } from "./groups.ts";
import type { ProximalRegularizer } from "./regularizer.ts";

const config = z.strictObject({
  weight: z.number().min(0).default(1e-2).describe("Factor of Σ‖row‖₂, a row being a feature."),
  around,
});

type Config = z.infer<typeof config>;

/** Σ over features of ‖row‖₂: a feature serves all outputs or none. @cite argyriou2008 liu2009 */
export const l21: ProximalRegularizer<Config> = {
  name: "l21",
  title: "Joint feature selection (L2,1)",
  summary: "weight·Σ over features of ‖their weights in all outputs‖: features are chosen jointly.",
  cite: ["argyriou2008", "liu2009"],
  config,
  convex: true,
  form: "proximal",
  ...aroundMean<Config>({
    value: (weights, { weight }, layout) =>
      featureGroups(layout).reduce((sum, group) => sum + weight * groupNorm(weights, group), 0),
    prox(weights, step, { weight }, layout) {
      for (const group of featureGroups(layout)) shortenGroup(weights, group, step * weight);
    },
  }),
};
