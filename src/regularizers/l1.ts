import { z } from "zod";
import { elasticNet as elasticNetPenalty } from "../optim/prox.ts";
import type { Regularizer } from "./regularizer.ts";

const config = z.strictObject({
  weight: z.number().min(0).default(1e-3).describe("Factor of Σ|w|."),
});

/** Σ|w|: weights become exactly zero, which selects features for each task. @cite hastie2009 */
export const l1: Regularizer<z.infer<typeof config>> = {
  name: "l1",
  title: "Lasso",
  summary: "weight·Σ|w|: few weights other than zero.",
  cite: ["hastie2009"],
  config,
  smooth: false,
  penalty: (weights, { weight }) =>
    weights.map((w) => w.abs().sum().mul(weight)).reduce((a, b) => a.add(b)),
  prox: (weights, _, step, { weight }) => elasticNetPenalty(weight).prox(weights, step),
};
