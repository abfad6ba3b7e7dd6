import { z } from "zod";
import { ConfigError } from "../../core/errors.ts";
import { absentBias, attentionLayer } from "../../nn/attention.ts";
import { layerNorm } from "../../nn/layer-norm.ts";
import { linear } from "../../nn/linear.ts";
import { learnedPositions, sinusoids } from "../../nn/positions.ts";
import type { SequenceEncoder } from "./sequence-encoder.ts";

const config = z
  .strictObject({
    layers: z
      .int()
      .min(1)
      .max(32)
      .default(2)
      .describe("Layers of attention, each with a feed-forward layer four times as wide."),
    heads: z.int().min(1).max(64).default(4).describe("Heads of attention; they divide `size`."),
    positions: z
      .enum(["sinusoidal", "learned", "none"])
      .default("sinusoidal")
      .describe(
        "What tells places apart: sines of many wavelengths, a learned vector each, or nothing.",
      ),
  })
  .describe("Options of the transformer.");

/**
 * Layers of self-attention over the vectors that are there, normalised before each layer and at the end.
 * @cite vaswani2017
 */
export const transformer: SequenceEncoder<z.infer<typeof config>> = {
  name: "transformer",
  title: "Transformer",
  summary: "Self-attention: every vector looks at all others.",
  cite: ["vaswani2017"],
  config,
  build(builder, { values, mask }, { layers, heads, positions }, { size, dropout }) {
    if (size % heads !== 0) {
      throw new ConfigError(
        "CONFIG_INVALID",
        `encoder.heads: a number that divides size, ${size}; got ${heads}`,
      );
    }
    let x = values.shape[2] === size ? values : linear(builder, "in", values, size);
    if (positions === "sinusoidal") x = x.add(sinusoids(x));
    if (positions === "learned") x = x.add(learnedPositions(builder, "positions", x));
    x = builder.dropout(x, dropout);
    const bias = absentBias(mask).unsqueeze(1).unsqueeze(1);
    for (let l = 0; l < layers; l++) {
      x = attentionLayer(builder, `layer.${l}`, x, { heads, dropout }, { bias });
    }
    return { values: layerNorm(builder, "norm", x), mask };
  },
};
