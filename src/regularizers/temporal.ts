import { z } from "zod";
import { laplacianOf, laplacianPenalty, taskOrder } from "./laplacian.ts";
import type { SmoothRegularizer } from "./regularizer.ts";

const config = z.strictObject({
  weight: z.number().min(0).default(1e-2).describe("Factor of ½Σ‖w_t+1 − w_t‖²."),
  order: z
    .array(z.string())
    .max(10_000)
    .default([])
    .describe("Names of the tasks along time; [] is the order they are declared in."),
});

/** ½Σ‖w_t+1 − w_t‖² along an order of the tasks: weights change smoothly over time. @cite zhou2011tgl */
export const temporal: SmoothRegularizer<z.infer<typeof config>> = {
  name: "temporal",
  title: "Smooth along time (TGL)",
  summary: "½·weight·Σ‖w_t+1 − w_t‖² along an order of the tasks.",
  cite: ["zhou2011tgl"],
  config,
  convex: true,
  form: "smooth",
  penalty(weights, { weight, order }, layout) {
    const where = "regularizer temporal";
    const numbers = taskOrder(order, layout, where).map((t) => layout.tasks.indexOf(t));
    const edges = numbers.slice(1).map((b, i) => ({ a: numbers[i], b, weight: 1 }));
    return laplacianPenalty(weights, laplacianOf(edges, layout, where), weight);
  },
};
