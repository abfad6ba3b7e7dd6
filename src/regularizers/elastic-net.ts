import { z } from "zod";
import { elasticNet as elasticNetPenalty, type Penalty } from "../optim/prox.ts";
import type { ProximalRegularizer } from "./regularizer.ts";

const config = z.strictObject({
  weight: z.number().min(0).default(1e-3).describe("Factor of the whole penalty."),
  l1Share: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe("Share of Σ|w|; the rest is that of ½Σw²."),
});

type Config = z.infer<typeof config>;

const penaltyOf = ({ weight, l1Share }: Config): Penalty =>
  elasticNetPenalty(weight * l1Share, weight * (1 - l1Share));

/** A mixture of lasso and ridge: sparse, yet correlated features stay together. @cite hastie2009 */
export const elasticNet: ProximalRegularizer<Config> = {
  name: "elasticNet",
  title: "Elastic net",
  summary: "weight·(l1Share·Σ|w| + ½(1 − l1Share)·Σw²).",
  cite: ["hastie2009"],
  config,
  convex: true,
  form: "proximal",
  value: (weights, options) => penaltyOf(options).value(weights),
  prox: (weights, step, options) => penaltyOf(options).prox(weights, step),
};
