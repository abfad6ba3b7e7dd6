import { z } from "zod";
import type { Regularizer } from "./regularizer.ts";

const config = z.strictObject({
  weight: z.number().min(0).default(1e-3).describe("Factor of ½Σw²."),
});

/** ½Σw²: small weights, shared among correlated features. @cite hastie2009 */
export const l2: Regularizer<z.infer<typeof config>> = {
  name: "l2",
  title: "Ridge",
  summary: "½·weight·Σw²: small weights.",
  cite: ["hastie2009"],
  config,
  smooth: true,
  penalty: (weights, { weight }) =>
    weights
      .map((w) =>
        w
          .square()
          .sum()
          .mul(0.5 * weight),
      )
      .reduce((a, b) => a.add(b)),
  prox: (weights, _, step, { weight }) => {
    for (let i = 0; i < weights.length; i++) weights[i] /= 1 + step * weight;
  },
};
