import { z } from "zod";
import { laplacianPenalty } from "./laplacian.ts";
import type { SmoothRegularizer, WeightLayout } from "./regularizer.ts";

const config = z.strictObject({
  weight: z.number().min(0).default(1e-2).describe("Factor of ½Σ‖w_t − mean‖²."),
});

/**
 * ½Σ‖w_t − w̄‖², w̄ being the mean over tasks: tasks are variations of one model. Tasks with equally
 * many outputs have a mean in common; the only one of its size is left free. @cite evgeniou2004
 */
export const meanRegularised: SmoothRegularizer<z.infer<typeof config>> = {
  name: "meanRegularised",
  title: "Near the tasks' mean",
  summary: "½·weight·Σ‖w_t − mean of all tasks‖²: tasks are variations of one model.",
  cite: ["evgeniou2004"],
  config,
  convex: true,
  form: "smooth",
  penalty: (weights, { weight }, layout) => laplacianPenalty(weights, centring(layout), weight),
};

/** The matrix that takes from each column the mean of its like. */
function centring({ tasks, outputs }: WeightLayout): Float64Array {
  const matrix = new Float64Array(outputs * outputs);
  for (const a of tasks) {
    const alike = tasks.filter((b) => b.size === a.size);
    for (let k = 0; k < a.size; k++) {
      const row = (a.start + k) * outputs;
      matrix[row + a.start + k] += 1;
      for (const b of alike) matrix[row + b.start + k] -= 1 / alike.length;
    }
  }
  return matrix;
}
