import { z } from "zod";
import { elasticNet as elasticNetPenalty } from "../optim/prox.ts";
import type { ProximalRegularizer } from "./regularizer.ts";

const config = z.strictObject({
  weight: z.number().min(0).default(1e-3).describe("Factor of Σ|w|."),
});

/** Σ|w|: weights become exactly zero, which selects features for each task. @cite hastie2009 */
export const l1: ProximalRegularizer<z.infer<typeof config>> = {
  name: "l1",
  title: "Lasso",
  summary: "weight·Σ|w|: few weights other than zero.",
  cite: ["hastie2009"],
  config,
  convex: true,
  form: "proximal",
  value: (weights, { weight }) => elasticNetPenalty(weight).value(weights),
  prox: (weights, step, { weight }) => elasticNetPenalty(weight).prox(weights, step),
};
