import { z } from "zod";
import type { SmoothRegularizer } from "./regularizer.ts";

const config = z.strictObject({
  weight: z.number().min(0).default(1e-3).describe("Factor of ½Σw²."),
});

/** ½Σw²: small weights, shared among correlated features. @cite hastie2009 */
export const l2: SmoothRegularizer<z.infer<typeof config>> = {
  name: "l2",
  title: "Ridge",
  summary: "½·weight·Σw²: small weights.",
  cite: ["hastie2009"],
  config,
  convex: true,
  form: "smooth",
  penalty: (weights, { weight }) =>
    weights
      .square()
      .sum()
      .mul(0.5 * weight),
};
