import { z } from "zod";
import { around, aroundMean } from "./around-mean.ts";
import type { ProximalRegularizer } from "./regularizer.ts";
import { mapSingularValues, singularValues } from "./svd.ts";

const config = z.strictObject({
  weight: z.number().min(0).default(1e-2).describe("Factor of ½·tr(W·Ω⁻¹·Wᵀ)."),
  around,
});

type Config = z.infer<typeof config>;

/**
 * ½·tr(W·Ω⁻¹·Wᵀ), least over covariances Ω of outputs of trace 1. The best Ω is (WᵀW)^½ over its
 * trace, which leaves half the square of the sum of singular values: that is solved here, with Ω already
 * optimal, rather than W and Ω in turn. @cite zhang2010
 */
export const taskCovariance: ProximalRegularizer<Config> = {
  name: "taskCovariance",
  title: "Learned task covariance",
  summary: "½·weight·tr(W·Ω⁻¹·Wᵀ) with the best covariance Ω of outputs, of trace 1.",
  cite: ["zhang2010"],
  config,
  convex: true,
  form: "proximal",
  ...aroundMean<Config>({
    value: (weights, { weight }, { features, outputs }) =>
      0.5 *
      weight *
      singularValues(weights, features, outputs).values.reduce((a, b) => a + b, 0) ** 2,
    prox(weights, step, { weight }, { features, outputs }) {
      const factor = step * weight;
      mapSingularValues(weights, features, outputs, (values) => {
        // All values fall by factor·Σ(new values); the sum follows from how many stay above 0.
        let sum = 0;
        let fall = 0;
        for (let k = 0; k < values.length; k++) {
          const next = (factor * (sum + values[k])) / (1 + factor * (k + 1));
          if (next >= values[k]) break;
          sum += values[k];
          fall = next;
        }
        return values.map((v) => Math.max(0, v - fall));
      });
    },
  }),
};

/**
 * The covariance Ω of outputs that fits weights best: (WᵀW)^½ over its trace, `[outputs, outputs]`;
 * uniform where all weights are 0. @cite zhang2010
 */
export function learnedCovariance(
  weights: Float64Array,
  { features, outputs }: { readonly features: number; readonly outputs: number },
): Float64Array {
  const omega = new Float64Array(outputs * outputs);
  const gram = new Float64Array(outputs * outputs);
  for (let f = 0; f < features; f++)
    for (let a = 0; a < outputs; a++)
      for (let b = 0; b < outputs; b++)
        gram[a * outputs + b] += weights[f * outputs + a] * weights[f * outputs + b];
  mapSingularValues(gram, outputs, outputs, (values) => values.map(Math.sqrt));
  let trace = 0;
  for (let a = 0; a < outputs; a++) trace += gram[a * outputs + a];
  for (let i = 0; i < omega.length; i++)
    omega[i] = trace > 0 ? gram[i] / trace : i % (outputs + 1) === 0 ? 1 / outputs : 0;
  return omega;
}
