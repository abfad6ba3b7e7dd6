import { z } from "zod";
import { featureGroups, groupMaximum, groupNorm, levelGroup, shortenGroup } from "./groups.ts";
import { l1 } from "./l1.ts";
import type { SumRegularizer } from "./regularizer.ts";

const config = z.strictObject({
  weight: z.number().min(0).default(1e-2).describe("Factor of the whole penalty."),
  sparse: z
    .number()
    .positive()
    .default(0.5)
    .describe("Factor of Σ|Q|, beside 1 of the norms of P's rows."),
  block: z
    .enum(["maximum", "euclidean"])
    .default("maximum")
    .describe("Norm of a row of P: its largest weight (L1,∞) or its length (L2,1)."),
});

type Config = z.infer<typeof config>;
const own = ({ weight, sparse }: Config) => ({ weight: weight * sparse });

/** W = P + Q: features for all outputs beside features of single ones. @cite jalali2010 */
export const dirty: SumRegularizer<Config> = {
  name: "dirty",
  title: "Dirty model",
  summary: "W = P + Q with weight·(Σ of row norms of P + sparse·Σ|Q|).",
  cite: ["jalali2010"],
  config,
  convex: true,
  form: "sum",
  parts: [
    {
      name: "joint",
      summary: "features that serve all outputs",
      penalty: {
        value(w, { weight, block }, layout) {
          const norm = block === "maximum" ? groupMaximum : groupNorm;
          return featureGroups(layout).reduce((sum, group) => sum + weight * norm(w, group), 0);
        },
        prox(w, step, { weight, block }, layout) {
          const shrink = block === "maximum" ? levelGroup : shortenGroup;
          for (const group of featureGroups(layout)) shrink(w, group, step * weight);
        },
      },
    },
    {
      name: "own",
      summary: "features of single outputs",
      penalty: {
        value: (w, options, layout) => l1.value(w, own(options), layout),
        prox: (w, step, options, layout) => l1.prox(w, step, own(options), layout),
      },
    },
  ],
};
