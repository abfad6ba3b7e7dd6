import { z } from "zod";
import { absentScore } from "../nn/attention.ts";
import type { FeatureFusion } from "./fusion.ts";
import { projectedSize } from "./options.ts";
import { counts, projected } from "./parts.ts";

const config = z.strictObject({ size: projectedSize }).describe("Options of the maximum.");

/** Takes the largest of the projections of the parts that are there, element by element. @cite baltrusaitis2019 */
export const max: FeatureFusion<z.infer<typeof config>> = {
  name: "max",
  title: "Maximum",
  summary:
    "The inputs projected to one width, of which the largest counts in each place; absent ones are left out.",
  cite: ["baltrusaitis2019"],
  config,
  form: "features",
  build(builder, parts, { size }) {
    const counted = counts(parts);
    return projected(builder, parts, size)
      .map((h, i) => counted[i].gt(0).where(h, absentScore))
      .reduce((a, b) => a.maximum(b));
  },
};
