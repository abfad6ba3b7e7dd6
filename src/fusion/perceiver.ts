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
  .strictObject({
    ...tokenOptions,
    latents: z
      .int()
      .min(1)
      .max(1024)
      .default(8)
      .describe("Learned tokens that look at the inputs."),
    layers: layerCount(1, 1),
  })
  .describe("Options of the perceiver.");

/**
 * Learned latent tokens that look at the tokens of all parts, then at one another, layer by layer; the
 * result is their mean. Tokens of absent parts are hidden. @cite jaegle2021
 */
export const perceiver: FeatureFusion<z.infer<typeof config>> = {
  name: "perceiver",
  title: "Perceiver",
  summary:
    "Learned latent tokens that look at the inputs and at one another. Absent inputs are left out.",
  cite: ["jaegle2021"],
  config,
  form: "features",
  check: (_, options) => requireHeads(options),
  build(builder, parts, { layers, latents, ...options }) {
    const rows = parts[0].features.shape[0];
    const tokens = partTokens(builder, parts, options);
    const bias = tokenBias(tokens, counts(parts));
    const memory = concat(
      tokens.map((t) => t.values),
      1,
    );
    let x = learnedTokens(builder, "latents", rows, latents, options.size);
    for (let l = 0; l < layers; l++) {
      x = attentionLayer(builder, `look.${l}`, x, options, { memory, bias });
      x = attentionLayer(builder, `think.${l}`, x, options);
    }
    return layerNorm(builder, "norm", x.mean(1));
  },
};
