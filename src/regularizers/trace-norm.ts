import { z } from "zod";
import { around, aroundMean } from "./around-mean.ts";
import type { ProximalRegularizer } from "./regularizer.ts";
import { mapSingularValues, singularValues } from "./svd.ts";

const config = z.strictObject({
  weight: z.number().min(0).default(1e-2).describe("Factor of the sum of singular values."),
  around,
});

type Config = z.infer<typeof config>;

/** The sum of singular values: weights of all outputs lie in a small common subspace. @cite ji2009 */
export const traceNorm: ProximalRegularizer<Config> = {
  name: "traceNorm",
  title: "Trace norm",
  summary: "weight·Σ of singular values: the outputs' weights lie in a small common subspace.",
  cite: ["ji2009"],
  config,
  convex: true,
  form: "proximal",
  ...aroundMean<Config>({
    value: (weights, { weight }, { features, outputs }) =>
      weight * singularValues(weights, features, outputs).values.reduce((a, b) => a + b, 0),
    prox(weights, step, { weight }, { features, outputs }) {
      const threshold = step * weight;
      mapSingularValues(weights, features, outputs, (values) =>
        values.map((v) => Math.max(0, v - threshold)),
      );
    },
  }),
};
