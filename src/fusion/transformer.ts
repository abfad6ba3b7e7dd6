import { z } from "zod";
import { concat } from "../compiler/graph.ts";
import { attentionLayer } from "../nn/attention.ts";
import { layerNorm } from "../nn/layer-norm.ts";
import { learnedTokens, partTokens, tokenBias } from "./attention.ts";
import type { FeatureFusion } from "./fusion.ts";
import { layerCount, tokenOptions } from "./options.ts";
import { counts } from "./parts.ts";
import { requireHeads } from "./requirements.ts";

const config = z
  .strictObject({ ...tokenOptions, layers: layerCount(1, 2) })
  .describe("Options of the fusion transformer.");

/**
 * Layers of self-attention over the tokens of all parts and a class token, which is the result. Tokens of
 * absent parts are hidden. @cite vaswani2017, gorishniy2021
 */
export const transformer: FeatureFusion<z.infer<typeof config>> = {
  name: "transformer",
  title: "Fusion transformer",
  summary:
    "Self-attention over tokens of all inputs; a class token collects the result. Absent inputs are left out.",
  cite: ["vaswani2017", "gorishniy2021"],
  config,
  form: "features",
  check: (_, options) => requireHeads(options),
  build(builder, parts, { layers, ...options }) {
    const rows = parts[0].features.shape[0];
    const collector = learnedTokens(builder, "class", rows, 1, options.size);
    const tokens = partTokens(builder, parts, options);
    let x = concat([collector, ...tokens.map((t) => t.values)], 1);
    const bias = tokenBias(tokens, counts(parts)).pad([0, 0, 0, 1], [0, 0, 0, 0]);
    for (let l = 0; l < layers; l++) {
      const first = l === layers - 1 ? 1 : undefined;
      x = attentionLayer(builder, `layer.${l}`, x, options, { bias, first });
    }
    return layerNorm(builder, "norm", x.squeeze(1));
  },
};
