import { z } from "zod";
import { concat, type Tensor } from "../compiler/graph.ts";
import { attentionLayer } from "../nn/attention.ts";
import { layerNorm } from "../nn/layer-norm.ts";
import { learnedTokens, meanOfTokens, ownBias, partTokens } from "./attention.ts";
import type { FeatureFusion } from "./fusion.ts";
import { layerCount, tokenOptions } from "./options.ts";
import { counts } from "./parts.ts";
import { requireHeads } from "./requirements.ts";

const config = z
  .strictObject({
    ...tokenOptions,
    bottlenecks: z
      .int()
      .min(1)
      .max(256)
      .default(4)
      .describe("Tokens through which alone the inputs exchange what they know."),
    layers: layerCount(2, 2),
  })
  .describe("Options of attention bottlenecks.");

/** The mean of what the counted parts say. */
function meanOf(values: readonly Tensor[], counted: readonly Tensor[]): Tensor {
  const shape = [-1, ...new Array<number>(values[0].rank - 1).fill(1)];
  const weight = (c: Tensor) => c.reshape(shape);
  const total = values.map((v, i) => v.mul(weight(counted[i]))).reduce((a, b) => a.add(b));
  return total.div(weight(counted.reduce((a, b) => a.add(b))));
}

/**
 * Layers of self-attention within each part, over its tokens and a few that all parts share; after each
 * layer the shared ones become their mean over the parts that are there. The result is the mean of the
 * parts' tokens. @cite nagrani2021
 */
export const bottleneck: FeatureFusion<z.infer<typeof config>> = {
  name: "bottleneck",
  title: "Attention bottlenecks",
  summary:
    "Self-attention in each input, which meet in a few shared tokens only. Absent inputs are left out.",
  cite: ["nagrani2021"],
  config,
  form: "features",
  check: (_, options) => requireHeads(options),
  build(builder, parts, { layers, bottlenecks, ...options }) {
    const { size } = options;
    const rows = parts[0].features.shape[0];
    const counted = counts(parts);
    let shared = learnedTokens(builder, "bottleneck", rows, bottlenecks, size);
    const tokens = partTokens(builder, parts, options);
    const lengths = tokens.map((t) => t.values.shape[1]);
    const biases = tokens.map((t) => ownBias(t)?.pad([0, 0, 0, 0], [0, 0, 0, bottlenecks]));
    let own = tokens.map((t) => t.values);
    for (let l = 0; l < layers; l++) {
      const last = l === layers - 1;
      const seen = own.map((x, i) =>
        attentionLayer(builder, `layer.${l}.${parts[i].name}`, concat([x, shared], 1), options, {
          first: last ? lengths[i] : undefined,
          bias: biases[i],
        }),
      );
      own = seen.map((x, i) => x.slice(1, 0, lengths[i]));
      if (!last)
        shared = meanOf(
          seen.map((x, i) => x.slice(1, lengths[i])),
          counted,
        );
    }
    const said = own.map((x, i) =>
      layerNorm(builder, `norm.${parts[i].name}`, meanOfTokens(x, tokens[i])),
    );
    return meanOf(said, counted);
  },
};
