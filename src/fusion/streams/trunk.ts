import { z } from "zod";
import { mlp } from "../../nn/mlp.ts";
import { dropoutRate, projectedSize } from "../options.ts";
import { projected } from "../parts.ts";
import { layerSizes, streamActivation } from "./options.ts";
import type { Streams } from "./streams.ts";

const config = z
  .strictObject({
    size: projectedSize,
    sizes: layerSizes,
    activation: streamActivation,
    dropout: dropoutRate,
  })
  .describe("Options of layers that all inputs share.");

/**
 * Each part is projected to one width by a map of its own, then goes through the same layers: what they
 * learn of one input serves the others. @cite aytar2017
 */
export const trunk: Streams<z.infer<typeof config>> = {
  name: "trunk",
  title: "Shared trunk",
  summary: "Inputs are projected to one width and go through the same layers, one by one.",
  cite: ["aytar2017"],
  config,
  build(builder, parts, { size, ...layers }) {
    const same = projected(builder, parts, size);
    return parts.map((part, i) => ({ ...part, features: mlp(builder, "layers", same[i], layers) }));
  },
};
