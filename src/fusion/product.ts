import { z } from "zod";
import { ones } from "../nn/initializers.ts";
import type { FeatureFusion } from "./fusion.ts";
import { projectedSize } from "./options.ts";
import { counts, projected } from "./parts.ts";

const config = z.strictObject({ size: projectedSize }).describe("Options of the product.");

/**
 * Multiplies the projections of the parts that are there, element by element. Their biases start at 1, so
 * that a product of many starts near a sum. @cite baltrusaitis2019
 */
export const product: FeatureFusion<z.infer<typeof config>> = {
  name: "product",
  title: "Product",
  summary:
    "The inputs projected to one width and multiplied element by element; absent ones are left out.",
  cite: ["baltrusaitis2019"],
  config,
  form: "features",
  build(builder, parts, { size }) {
    const counted = counts(parts);
    return projected(builder, parts, size, { biasInitializer: ones })
      .map((h, i) => counted[i].gt(0).where(h, 1))
      .reduce((a, b) => a.mul(b));
  },
};
