import { z } from "zod";
import type { FeatureFusion } from "./fusion.ts";
import { joined } from "./parts.ts";

const config = z.strictObject({}).describe("No options.");

/** Lays the parts' features side by side. @cite baltrusaitis2019 */
export const concat: FeatureFusion<z.infer<typeof config>> = {
  name: "concat",
  title: "Concatenation",
  summary: "The features of all inputs side by side.",
  cite: ["baltrusaitis2019"],
  config,
  form: "features",
  build: (_, parts) => joined(parts),
};
