import { z } from "zod";
import type { FeatureFusion } from "./fusion.ts";
import { projectedSize } from "./options.ts";
import { counts, projected } from "./parts.ts";

const config = z.strictObject({ size: projectedSize }).describe("Options of the mean.");

/** Averages the projections of the parts that are there. @cite baltrusaitis2019 */
export const mean: FeatureFusion<z.infer<typeof config>> = {
  name: "mean",
  title: "Mean",
  summary: "The inputs projected to one width and averaged; absent ones are left out.",
  cite: ["baltrusaitis2019"],
  config,
  form: "features",
  build(builder, parts, { size }) {
    const counted = counts(parts);
    const total = projected(builder, parts, size)
      .map((h, i) => h.mul(counted[i]))
      .reduce((a, b) => a.add(b));
    return total.div(counted.reduce((a, b) => a.add(b)));
  },
};
