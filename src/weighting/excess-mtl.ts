import { z } from "zod";
import { present, spread } from "./gram.ts";
import { keeping } from "./keep.ts";
import { vectorsOf } from "./moco.ts";
import type { Weighting } from "./weighting.ts";

const config = z.strictObject({
  stepSize: z
    .number()
    .positive()
    .default(1e-2)
    .describe("How fast weights move to the tasks with the most left to gain."),
});

/**
 * Tasks weigh by their excess risk, the part of a loss that training can still remove, estimated from
 * the gradient in the metric of the squared gradients summed so far. Noise in labels does not count.
 */
export const excessMtl: Weighting<z.infer<typeof config>> = {
  name: "excessMtl",
  title: "ExcessMTL",
  summary: "Weights grow for tasks with excess risk, and not for noisy ones.",
  cite: ["he2024"],
  config,
  needs: "gradients",
  memory: (tasks) => tasks,
  create({ stepSize }, { names }) {
    const k = names.length;
    const weight = new Float64Array(k).fill(1);
    const first = new Float64Array(k).fill(Number.NaN);
    return {
      weights(facts) {
        const { memory, gradients } = vectorsOf(facts);
        const tasks = present(facts);
        let moved = false;
        for (const i of tasks) {
          const risk = excessRisk(gradients[i], memory[i]);
          if (!(first[i] > 0)) {
            first[i] = risk > 0 ? risk : Number.NaN;
            continue;
          }
          weight[i] *= Math.exp((stepSize * risk) / first[i]);
          moved = true;
        }
        if (moved) {
          const sum = weight.reduce((a, b) => a + b, 0);
          for (let i = 0; i < k; i++) weight[i] *= k / sum;
        }
        return spread(
          Float64Array.from(tasks, (i) => weight[i]),
          tasks,
          k,
        );
      },
      ...keeping({ weight, first }),
    };
  },
};

/** gᵀ H⁻¹ g with H = diag √(Σ g²), after adding g² to the sums. */
export function excessRisk(gradient: Float32Array, sums: Float32Array): number {
  let risk = 0;
  for (let at = 0; at < gradient.length; at++) {
    const square = gradient[at] * gradient[at];
    sums[at] += square;
    risk += square / Math.sqrt(sums[at] + 1e-7);
  }
  return risk;
}
