import { z } from "zod";
import { fromGram } from "./from-gram.ts";
import { lengths, pick } from "./gram.ts";
import { keeping } from "./keep.ts";
import { learningRate, rateOf } from "./rate.ts";
import { ScalarAdam } from "./scalar-adam.ts";
import { softmax, throughSoftmax } from "./simplex.ts";
import type { Weighting } from "./weighting.ts";

const config = z.strictObject({
  alpha: z
    .number()
    .min(0)
    .max(10)
    .default(1.5)
    .describe("How strongly tasks that train slowly are favoured."),
  warmupEpochs: z
    .int()
    .min(0)
    .max(1000)
    .default(1)
    .describe(
      "Epochs of equal weights whose mean losses progress is measured against; 0: first step.",
    ),
  learningRate,
});

/**
 * Weights w = K·softmax(v), learned so that every weighted gradient has the mean length times its task's
 * relative inverse training rate to the power α. v takes Adam steps on the sum of absolute differences.
 */
export const gradnorm: Weighting<z.infer<typeof config>> = {
  name: "gradnorm",
  title: "GradNorm",
  summary: "Weights are learned so that gradients' lengths follow the tasks' training rates.",
  cite: ["chen2018"],
  config,
  needs: "gradients",
  create(options, tasks) {
    const k = tasks.names.length;
    const adam = new ScalarAdam(new Float64Array(k));
    const sums = new Float64Array(k);
    const counts = new Float64Array(k);
    return fromGram(tasks, {
      own: "weights",
      kept: keeping({ ...adam.vectors(), sums, counts }),
      weights(gram, at, facts) {
        const warm = facts.epoch < options.warmupEpochs;
        for (const i of at) {
          if (!warm && counts[i] > 0) continue;
          sums[i] += facts.losses[i];
          counts[i]++;
        }
        const z = softmax(adam.values);
        if (warm) return new Float64Array(at.length).fill(1);
        const length = lengths(gram);
        const weight = pick(z, at).map((v) => k * v);
        const slope = gradnormSlope(
          length,
          weight,
          Float64Array.from(at, (i) => facts.losses[i] / (sums[i] / counts[i])),
          options.alpha,
        );
        const full = new Float64Array(k);
        at.forEach((i, a) => {
          full[i] = k * slope[a];
        });
        const gradient = throughSoftmax(z, full);
        for (let i = 0; i < k; i++) if (!at.includes(i)) gradient[i] = Number.NaN;
        adam.step(gradient, rateOf(options.learningRate, facts));
        return weight;
      },
    });
  },
};

/** ∂/∂w of Σ |w_i‖g_i‖ − Ḡ r_i^α|, with Ḡ and r constant, r the loss ratios over their mean. */
export function gradnormSlope(
  length: Float64Array,
  weight: Float64Array,
  ratio: Float64Array,
  alpha: number,
): Float64Array {
  const k = length.length;
  let meanLength = 0;
  let meanRatio = 0;
  for (let i = 0; i < k; i++) {
    meanLength += (weight[i] * length[i]) / k;
    meanRatio += ratio[i] / k;
  }
  return length.map((d, i) => {
    const aim = meanLength * (meanRatio > 0 ? ratio[i] / meanRatio : 1) ** alpha;
    return Math.sign(weight[i] * d - aim) * d;
  });
}
