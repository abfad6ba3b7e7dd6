import { z } from "zod";
import { elasticNet as elasticNetPenalty } from "../optim/prox.ts";
import type { Regularizer } from "./regularizer.ts";

const config = z.strictObject({
  weight: z.number().min(0).default(1e-3).describe("Factor of the whole penalty."),
  l1Share: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe("Share of Σ|w|; the rest is that of ½Σw²."),
});

/** A mixture of lasso and ridge: sparse, yet correlated features stay together. @cite hastie2009 */
export const elasticNet: Regularizer<z.infer<typeof config>> = {
  name: "elasticNet",
  title: "Elastic net",
  summary: "weight·(l1Share·Σ|w| + ½(1 − l1Share)·Σw²).",
  cite: ["hastie2009"],
  config,
  smooth: false,
  penalty: (weights, { weight, l1Share }) =>
    weights
      .map((w) =>
        w
          .abs()
          .sum()
          .mul(weight * l1Share)
          .add(
            w
              .square()
              .sum()
              .mul(0.5 * weight * (1 - l1Share)),
          ),
      )
      .reduce((a, b) => a.add(b)),
  prox: (weights, _, step, { weight, l1Share }) =>
    elasticNetPenalty(weight * l1Share, weight * (1 - l1Share)).prox(weights, step),
};
