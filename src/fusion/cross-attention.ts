import { z } from "zod";
import { concat } from "../compiler/graph.ts";
import { attentionLayer } from "../nn/attention.ts";
import { layerNorm } from "../nn/layer-norm.ts";
import { meanOfTokens, ownBias, partTokens } from "./attention.ts";
import type { FeatureFusion } from "./fusion.ts";
import { layerCount, tokenOptions } from "./options.ts";
import { counts } from "./parts.ts";
import { requireHeads } from "./requirements.ts";

const config = z
  .strictObject({ ...tokenOptions, layers: layerCount(1, 1) })
  .describe("Options of crossmodal attention.");

/**
 * For every ordered pair of parts, the tokens of one look at those of the other through layers of their
 * own. A part's result is the mean over its tokens and over the parts it looked at; the parts' results
 * lie side by side. An absent part tells the others nothing, and its own result is 0. The paper's
 * last self-attention over time is left out. @cite tsai2019
 */
export const crossAttention: FeatureFusion<z.infer<typeof config>> = {
  name: "crossAttention",
  title: "Crossmodal attention",
  summary:
    "Each input looks at each other one, by layers for every pair. Absent inputs are left out.",
  cite: ["tsai2019"],
  config,
  form: "features",
  check: (_, options) => requireHeads(options),
  build(builder, parts, { layers, ...options }) {
    const counted = counts(parts);
    const own = partTokens(builder, parts, options);
    const results = parts.map((part, i) => {
      const looks = parts.flatMap((other, j) => {
        if (j === i) return [];
        const looking = { memory: own[j].values, bias: ownBias(own[j]), counted: counted[j] };
        let x = own[i].values;
        for (let l = 0; l < layers; l++) {
          const name = `look.${part.name}.at.${other.name}.${l}`;
          x = attentionLayer(builder, name, x, options, looking);
        }
        return [x];
      });
      const seen = looks.length === 0 ? own[i].values : looks.reduce((a, b) => a.add(b));
      const mean = meanOfTokens(seen, own[i]).mul(1 / Math.max(1, looks.length));
      return counted[i].gt(0).where(layerNorm(builder, `norm.${part.name}`, mean), 0);
    });
    return concat(results, 1);
  },
};
