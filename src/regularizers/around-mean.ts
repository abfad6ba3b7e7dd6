import { z } from "zod";
import type { ProximalPenalty, WeightLayout } from "./regularizer.ts";

/** The option of penalties that can act on the tasks' deviations from their mean. */
export const around = z
  .enum(["zero", "mean"])
  .default("zero")
  .describe(
    "What is penalised: the weights, or their deviations from the mean over tasks, which is then free.",
  );

/**
 * A penalty of weights, or with `around: mean` of W − W̄, W̄ repeating the mean over tasks with equally
 * many outputs. Taking the mean away is a projection from the right; for penalties whose proximal maps only
 * multiply from the left or scale rows, that of the deviations is theirs with the mean put back.
 */
export function aroundMean<Config extends { readonly around: "zero" | "mean" }>(
  penalty: ProximalPenalty<Config>,
): ProximalPenalty<Config> {
  return {
    value(weights, config, layout) {
      if (config.around === "zero") return penalty.value(weights, config, layout);
      const deviations = weights.slice();
      takeMean(deviations, layout);
      return penalty.value(deviations, config, layout);
    },
    prox(weights, step, config, layout) {
      const mean = config.around === "mean" ? takeMean(weights, layout) : undefined;
      penalty.prox(weights, step, config, layout);
      if (mean) for (let i = 0; i < weights.length; i++) weights[i] += mean[i];
    },
  };
}

/** Subtracts from each column the mean of its like; returns what was subtracted. */
function takeMean(weights: Float64Array, { features, outputs, tasks }: WeightLayout): Float64Array {
  const means = new Float64Array(weights.length);
  for (const size of new Set(tasks.map((t) => t.size))) {
    const alike = tasks.filter((t) => t.size === size);
    for (let f = 0; f < features; f++) {
      for (let k = 0; k < size; k++) {
        const at = (start: number) => f * outputs + start + k;
        const mean = alike.reduce((sum, t) => sum + weights[at(t.start)], 0) / alike.length;
        for (const { start } of alike) {
          means[at(start)] = mean;
          weights[at(start)] -= mean;
        }
      }
    }
  }
  return means;
}
