import { z } from "zod";
import { checkFinite, matrixOf, pick, present, restrict, spread, times } from "./gram.ts";
import { keeping } from "./keep.ts";
import { projectToSimplex } from "./simplex.ts";
import type { Weighting } from "./weighting.ts";

const config = z.strictObject({
  gamma: z.number().positive().default(1e-3).describe("Step size of the weights."),
  rho: z.number().min(0).default(0.1).describe("Pull of the weights towards equal ones."),
});

/**
 * Weights by projected steps on ½‖Σ λ_k g_k‖² whose two gradients come from two independent halves of
 * the batch, so that the step is unbiased; the update is the mean of both halves' gradients.
 */
export const modo: Weighting<z.infer<typeof config>> = {
  name: "modo",
  title: "MoDo",
  summary: "Steps towards the least combination of gradients, unbiased by double sampling.",
  cite: ["chen2023modo"],
  config,
  needs: "gradients",
  samples: 2,
  create({ gamma, rho }, { names }) {
    const k = names.length;
    const lambda = new Float64Array(k).fill(1 / k);
    let own: Float64Array = new Float64Array(k);
    return {
      weights(facts) {
        const tasks = present(facts);
        own = spread(new Float64Array(tasks.length).fill(1), tasks, k);
        if (tasks.length === 0) return new Float64Array(k);
        const full = matrixOf(facts, "cross");
        checkFinite(full, tasks, names);
        const cross = restrict(full, tasks);
        const slope = spread(times(cross, pick(lambda, tasks)), tasks, k);
        lambda.set(projectToSimplex(lambda.map((v, i) => v - gamma * (slope[i] + rho * v))));
        return spread(pick(lambda, tasks), tasks, k);
      },
      own: () => own,
      ...keeping({ lambda }),
    };
  },
};
