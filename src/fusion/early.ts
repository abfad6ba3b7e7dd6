import { z } from "zod";
import { type ActivationName, activations } from "../nn/activations.ts";
import { mlpLayer } from "../nn/mlp.ts";
import type { FeatureFusion } from "./fusion.ts";
import { dropoutRate } from "./options.ts";
import { joined } from "./parts.ts";

const config = z
  .strictObject({
    size: z.int().min(1).max(65_536).default(256).describe("Width of the joint layer."),
    activation: z
      .enum(Object.keys(activations) as [ActivationName, ...ActivationName[]])
      .default("relu")
      .describe("What follows the affine map; none leaves a linear projection."),
    dropout: dropoutRate,
  })
  .describe("Options of the joint layer.");

/** One layer over the concatenated features, before any layer that tasks share. @cite baltrusaitis2019 */
export const early: FeatureFusion<z.infer<typeof config>> = {
  name: "early",
  title: "Early fusion",
  summary: "One joint layer over the features of all inputs side by side.",
  cite: ["baltrusaitis2019"],
  config,
  form: "features",
  build: (builder, parts, { size, ...layer }) =>
    mlpLayer(builder, "joint", 0, joined(parts), { sizes: [size], ...layer }),
};
