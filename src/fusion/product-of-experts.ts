import { z } from "zod";
import type { Tensor } from "../compiler/graph.ts";
import type { Builder } from "../nn/builder.ts";
import type { FeatureFusion } from "./fusion.ts";
import { projectedSize } from "./options.ts";
import { projected, widthOf } from "./parts.ts";

const config = z
  .strictObject({
    size: projectedSize.describe("Width of the posterior; null takes that of the widest input."),
    sample: z
      .boolean()
      .default(true)
      .describe("Draws from the posterior while training; predictions always take its mean."),
    divergence: z
      .number()
      .min(0)
      .max(1e3)
      .default(1e-3)
      .describe(
        "Weight of the mean divergence of a row's posterior from the standard normal prior.",
      ),
  })
  .describe("Options of the product of experts.");

/** Log precisions beyond which an expert says no more, so that precisions stay finite. */
const largestLogPrecision = 10;

/** Standard normal draws from uniform ones (Box and Muller's). */
function normalDraws(builder: Builder, shape: readonly number[]): Tensor {
  const radius = builder.uniform(shape).neg().add(1).maximum(1e-12).log().mul(-2).sqrt();
  return radius.mul(
    builder
      .uniform(shape)
      .mul(2 * Math.PI)
      .cos(),
  );
}

/**
 * Each part gives a Gaussian; the result is their product with a standard normal, which has the sum of
 * the precisions. Absent parts are left out of the product, and a row without any has the prior, whose
 * mean is 0. Training draws from the posterior and adds its divergence from the prior. @cite wu2018
 */
export const productOfExperts: FeatureFusion<z.infer<typeof config>> = {
  name: "productOfExperts",
  title: "Product of experts",
  summary:
    "A Gaussian from each input, multiplied into one; absent ones are left out. Training draws from it.",
  cite: ["wu2018", "kingma2014"],
  config,
  form: "features",
  build(builder, parts, { size, sample, divergence }) {
    const width = widthOf(parts, size);
    const experts = projected(builder, parts, 2 * width).map((both, i) => ({
      mean: both.slice(1, 0, width),
      precision: both
        .slice(1, width)
        .maximum(-largestLogPrecision)
        .minimum(largestLogPrecision)
        .exp()
        .mul(parts[i].present),
    }));
    const total = experts.map((e) => e.precision).reduce((a, b) => a.add(b));
    const weighed = experts.map((e) => e.mean.mul(e.precision)).reduce((a, b) => a.add(b));
    const variance = total.add(1).recip();
    const mean = weighed.mul(variance);
    if (!builder.training) return mean;
    if (divergence > 0) {
      // KL(N(μ, σ²) ‖ N(0, 1)) = ½ (μ² + σ² − 1 − log σ²), summed over features.
      const each = mean.square().add(variance).sub(1).sub(variance.log());
      builder.addPenalty(
        each
          .sum(1)
          .mean()
          .mul(0.5 * divergence),
      );
    }
    return sample ? mean.add(variance.sqrt().mul(normalDraws(builder, mean.shape))) : mean;
  },
};
