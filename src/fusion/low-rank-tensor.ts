import { z } from "zod";
import { ones, xavier, zeros } from "../nn/initializers.ts";
import type { FeatureFusion } from "./fusion.ts";
import { projectedSize } from "./options.ts";
import { projected, widthOf } from "./parts.ts";

const config = z
  .strictObject({
    size: projectedSize.describe("Width of the result; null takes that of the widest input."),
    rank: z
      .int()
      .min(1)
      .max(256)
      .default(4)
      .describe("Terms of which the weights of all products are made."),
  })
  .describe("Options of low-rank tensor fusion.");

/**
 * A linear map of the tensor fusion whose weights are a sum of `rank` products of one factor a part, so
 * that the tensor itself is never made: Σᵣ wᵣ Πᵢ Fᵣᵢ[xᵢ; 1] + b. What the 1s are multiplied by starts as 1, so
 * that each part is heard from the start. @cite liu2018
 */
export const lowRankTensor: FeatureFusion<z.infer<typeof config>> = {
  name: "lowRankTensor",
  title: "Low-rank tensor fusion",
  summary: "A map of all products of the inputs' features, made of a few factors an input.",
  cite: ["liu2018"],
  config,
  form: "features",
  build(builder, parts, { size, rank }) {
    const width = widthOf(parts, size);
    const factors = projected(builder, parts, rank * width, { biasInitializer: ones });
    const product = factors.reduce((a, b) => a.mul(b)).reshape([-1, rank, width]);
    const weights = builder.parameter("weights", [1, rank], xavier);
    const bias = builder.parameter("bias", [width], zeros, { decay: false });
    return product
      .mul(weights.reshape([1, rank, 1]))
      .sum(1)
      .add(bias);
  },
};
