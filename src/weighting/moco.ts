import { z } from "zod";
import { CompileError } from "../core/errors.ts";
import type { Kernels } from "../optim/kernels.ts";
import { type Gram, lengths, matrixOf, pick, present, spread, times } from "./gram.ts";
import { keeping } from "./keep.ts";
import { projectToSimplex } from "./simplex.ts";
import type { StepFacts, Weighting } from "./weighting.ts";

const rate = (fallback: number, what: string) =>
  z.number().positive().max(1).default(fallback).describe(what);
const decay = (what: string) => z.number().min(0).max(2).default(0.5).describe(what);

const config = z.strictObject({
  beta: rate(0.5, "How far the tracked gradients move to the batch's at the first step."),
  betaDecay: decay("Power of the step by which that falls."),
  gamma: rate(0.1, "Step size of the weights at the first step."),
  gammaDecay: decay("Power of the step by which that falls."),
  rho: z.number().min(0).default(0).describe("Pull of the weights towards equal ones."),
  normalize: z
    .boolean()
    .default(true)
    .describe("Give each gradient the length of its task's loss before it is tracked."),
});

/**
 * Multi-objective gradients with correction: tracked (momentum) gradients y_k take the place of noisy
 * ones, and the weights follow projected gradient steps on ½‖Σ λ_k y_k‖² over the simplex.
 */
export const moco: Weighting<z.infer<typeof config>> = {
  name: "moco",
  title: "MoCo",
  summary:
    "Tracked gradients instead of noisy ones; weights by steps towards the least combination.",
  cite: ["fernando2023"],
  config,
  needs: "gradients",
  direction: true,
  memory: (tasks) => tasks,
  create(options, { names }) {
    const k = names.length;
    const lambda = new Float64Array(k).fill(1 / k);
    const taken = new Float64Array(1);
    let own: Float64Array = new Float64Array(k);
    let used: Float64Array = new Float64Array(k);
    return {
      weights(facts) {
        const { memory, gradients, kernels } = vectorsOf(facts);
        const tasks = present(facts);
        own = spread(new Float64Array(tasks.length).fill(1), tasks, k);
        if (tasks.length === 0) {
          used = own;
          return used.slice();
        }
        const step = ++taken[0];
        const beta = options.beta / step ** options.betaDecay;
        const gamma = options.gamma / step ** options.gammaDecay;
        const length = lengths(matrixOf(facts, "gram"));
        for (const i of tasks) {
          const size =
            options.normalize && length[i] > 0 ? Math.abs(facts.losses[i]) / length[i] : 1;
          kernels.scale(memory[i], 1 - beta);
          kernels.axpy(beta * size, gradients[i], memory[i]);
        }
        const y: Gram = { k, values: kernels.gram(memory) };
        const slope = times(y, lambda);
        lambda.set(
          projectToSimplex(lambda.map((v, i) => v - gamma * (slope[i] + options.rho * v))),
        );
        used = spread(pick(lambda, tasks), tasks, k);
        return used.slice();
      },
      own: () => own,
      direction: (facts, out) => combineMemory(facts, used, out),
      ...keeping({ lambda, taken }),
    };
  },
};

/** The vectors of a step, which the engine gives to a row with `memory`. */
export function vectorsOf(facts: StepFacts): {
  memory: readonly Float32Array[];
  gradients: readonly Float32Array[];
  kernels: Kernels;
} {
  const { memory, gradients, kernels } = facts;
  if (memory && gradients && kernels) return { memory, gradients, kernels };
  throw new CompileError("weighting: facts.memory, gradients and kernels; got none");
}

/** Writes Σ w_k y_k of the vectors in memory. */
export function combineMemory(facts: StepFacts, w: Float64Array, out: Float32Array): void {
  const { memory, kernels } = vectorsOf(facts);
  kernels.fill(out, 0);
  w.forEach((weight, i) => {
    if (weight !== 0) kernels.axpy(weight, memory[i], out);
  });
}
