import { z } from "zod";
import { elasticNet } from "../optim/prox.ts";
import { featureGroups, groupNorm, shortenGroup } from "./groups.ts";
import { taskOrder } from "./laplacian.ts";
import type { ProximalRegularizer, WeightLayout } from "./regularizer.ts";
import { smoothByTotalVariation } from "./total-variation.ts";

const config = z.strictObject({
  weight: z.number().min(0).default(1e-2).describe("Factor of the whole penalty."),
  jumps: z.number().min(0).default(1).describe("Factor of Σ|w_t+1 − w_t|: few changes over time."),
  sparse: z.number().min(0).default(0).describe("Factor of Σ|w|."),
  joint: z.number().min(0).default(0).describe("Factor of Σ over features of ‖row‖₂."),
  order: z
    .array(z.string())
    .max(10_000)
    .default([])
    .describe("Names of the tasks along time; [] is the order they are declared in."),
});

/**
 * Weights that stay the same along an order of the tasks but for few jumps, and features chosen for each
 * and for all. The three proximal maps, one after another, are that of the sum. @cite zhou2012
 */
export const fused: ProximalRegularizer<z.infer<typeof config>> = {
  name: "fused",
  title: "Fused along time (cFSGL)",
  summary:
    "weight·(jumps·Σ|w_t+1 − w_t| + sparse·Σ|w| + joint·Σ‖row‖) along an order of the tasks.",
  cite: ["zhou2012"],
  config,
  convex: true,
  form: "proximal",
  value(weights, { weight, jumps, sparse, joint, order }, layout) {
    let changes = 0;
    for (const line of linesOf(order, layout))
      for (let t = 1; t < line.length; t++)
        changes += Math.abs(weights[line[t]] - weights[line[t - 1]]);
    const sizes = elasticNet(1).value(weights);
    const norms = featureGroups(layout).reduce((sum, g) => sum + groupNorm(weights, g), 0);
    return weight * (jumps * changes + sparse * sizes + joint * norms);
  },
  prox(weights, step, { weight, jumps, sparse, joint, order }, layout) {
    const scale = step * weight;
    for (const line of linesOf(order, layout)) {
      const values = Float64Array.from(line, (at) => weights[at]);
      smoothByTotalVariation(values, scale * jumps);
      for (let t = 0; t < line.length; t++) weights[line[t]] = values[t];
    }
    elasticNet(sparse).prox(weights, scale);
    for (const group of featureGroups(layout)) shortenGroup(weights, group, scale * joint);
  },
};

/** Positions of one weight in all tasks, in order: a line for each feature and output of a task. */
function linesOf(order: readonly string[], layout: WeightLayout): Int32Array[] {
  const tasks = taskOrder(order, layout, "regularizer fused");
  const size = tasks[0]?.size ?? 0;
  return Array.from({ length: layout.features * size }, (_, i) => {
    const [feature, k] = [Math.floor(i / size), i % size];
    return Int32Array.from(tasks, (t) => feature * layout.outputs + t.start + k);
  });
}
