import { z } from "zod";
import type { FeatureFusion } from "./fusion.ts";
import { projectedSize } from "./options.ts";
import { projected } from "./parts.ts";

const config = z.strictObject({ size: projectedSize }).describe("Options of the sum.");

/** Adds the parts' projections. @cite baltrusaitis2019 */
export const sum: FeatureFusion<z.infer<typeof config>> = {
  name: "sum",
  title: "Sum",
  summary: "The inputs projected to one width and added.",
  cite: ["baltrusaitis2019"],
  config,
  form: "features",
  build: (builder, parts, { size }) => projected(builder, parts, size).reduce((a, b) => a.add(b)),
};
