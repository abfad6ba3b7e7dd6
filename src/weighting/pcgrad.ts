import { z } from "zod";
import { Random } from "../core/random.ts";
import { fromGram } from "./from-gram.ts";
import type { Gram } from "./gram.ts";
import type { Weighting } from "./weighting.ts";

const config = z.strictObject({}).describe("No options.");

/**
 * Gradient surgery: each task's gradient loses, in random order, its part against every other task's
 * gradient that it conflicts with; the results are summed. The order is drawn from seed and step.
 */
export const pcgrad: Weighting<z.infer<typeof config>> = {
  name: "pcgrad",
  title: "PCGrad",
  summary: "Each gradient loses its part against those it conflicts with, then all are summed.",
  cite: ["yu2020"],
  config,
  needs: "gradients",
  create: (_, tasks) =>
    fromGram(tasks, {
      own: "one",
      weights: (gram, at, { step }) =>
        pcgradWeights(gram, othersInRandomOrder(at.length, tasks.seed, "pcgrad", step)),
    }),
};

/** For each of k tasks the k − 1 others, shuffled. */
export function othersInRandomOrder(
  k: number,
  seed: number,
  method: string,
  step: number,
): number[][] {
  const random = Random.from(seed, method, step);
  return Array.from({ length: k }, (_, i) =>
    random.shuffle(Array.from({ length: k }, (_, j) => j).filter((j) => j !== i)),
  );
}

/** PCGrad's weights, where task i meets the others in the order `orders[i]`. */
export function pcgradWeights(
  { k, values }: Gram,
  orders: readonly (readonly number[])[],
): Float64Array {
  const total = new Float64Array(k);
  for (let i = 0; i < k; i++) {
    const c = new Float64Array(k);
    c[i] = 1;
    for (const j of orders[i]) {
      let along = 0;
      for (let r = 0; r < k; r++) along += c[r] * values[r * k + j];
      if (along < 0) c[j] -= along / values[j * k + j];
    }
    for (let j = 0; j < k; j++) total[j] += c[j];
  }
  return total;
}
