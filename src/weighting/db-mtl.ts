import { z } from "zod";
import { present, spread } from "./gram.ts";
import { keeping } from "./keep.ts";
import { combineMemory, vectorsOf } from "./moco.ts";
import { positiveLosses } from "./positive.ts";
import type { Weighting } from "./weighting.ts";

const config = z.strictObject({
  beta: z
    .number()
    .min(0)
    .lt(1)
    .default(0.9)
    .describe("How much of a task's averaged gradient stays at the first step."),
  betaDecay: z.number().min(0).max(2).default(0).describe("Power of the step by which that falls."),
});

/**
 * Dual balancing: losses by their logarithms, gradients of these by averaging and by giving all the
 * length of the longest.
 */
export const dbMtl: Weighting<z.infer<typeof config>> = {
  name: "dbMtl",
  title: "DB-MTL",
  summary: "Log-transformed losses, and averaged gradients brought to the longest one's length.",
  cite: ["lin2023"],
  config,
  needs: "gradients",
  direction: true,
  memory: (tasks) => tasks,
  create({ beta, betaDecay }, { names }) {
    const k = names.length;
    const taken = new Float64Array(1);
    let own: Float64Array = new Float64Array(k);
    let weights: Float64Array = new Float64Array(k);
    return {
      weights(facts) {
        const { memory, gradients, kernels } = vectorsOf(facts);
        const tasks = present(facts);
        if (tasks.length === 0) {
          own = new Float64Array(k);
          weights = own;
          return own.slice();
        }
        const losses = positiveLosses(facts.losses, names, "dbMtl");
        const stay = beta / (++taken[0]) ** betaDecay;
        own = spread(
          Float64Array.from(tasks, (i) => 1 / losses[i]),
          tasks,
          k,
        );
        for (const i of tasks) {
          kernels.scale(memory[i], stay);
          kernels.axpy((1 - stay) * own[i], gradients[i], memory[i]);
        }
        const length = Float64Array.from(tasks, (i) => Math.sqrt(kernels.squaredNorm(memory[i])));
        const longest = Math.max(0, ...length);
        weights = spread(
          length.map((d) => (d > 0 ? longest / d : 0)),
          tasks,
          k,
        );
        return weights.slice();
      },
      own: () => own,
      direction: (facts, out) => combineMemory(facts, weights, out),
      ...keeping({ taken }),
    };
  },
};
