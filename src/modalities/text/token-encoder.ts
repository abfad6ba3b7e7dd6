import { concat, type Tensor } from "../../compiler/graph.ts";
import type { Builder } from "../../nn/builder.ts";
import { embedding } from "../../nn/embedding.ts";
import { layerNorm } from "../../nn/layer-norm.ts";
import type { Sequence } from "../../nn/sequence.ts";
import type { Encoded } from "../modality.ts";
import { poolings } from "../sequence/pooling.ts";
import { encodeSequence } from "../sequence/sequence-options.ts";
import type { TextOptions } from "./state.ts";

/**
 * Embeds ids (int32 `[B, T]`, 0 where there is no token), reads them in order and pools them. The bag
 * of tokens that a tokenizer makes is their mean.
 */
export function readTokens(
  builder: Builder,
  ids: Tensor,
  count: number,
  options: TextOptions,
): Encoded {
  const { size, encoder } = options;
  const values = embedding(builder, "embedding", ids, {
    count,
    size,
    zeroIds: [0],
  });
  const sequence = { values, mask: ids.gt(0).cast("float32") };
  if (encoder.type === "bag")
    return encodeSequence(builder, sequence, {
      ...options,
      encoder: { type: "none" },
      pooling: "mean",
    });
  if (encoder.type === "transformer") return encodeSequence(builder, sequence, options);
  return besideMean(builder, sequence, options);
}

/**
 * What was read in order beside the mean of the tokens' own vectors, `[B, 2·size]`, normalised: rare words
 * are learned as fast as in a bag, and the first steps are not lost on making small numbers larger.
 */
function besideMean(builder: Builder, tokens: Sequence, options: TextOptions): Encoded {
  const { features, sequence } = encodeSequence(builder, tokens, { ...options, dropout: 0 });
  const mean = poolings.mean(builder, tokens);
  const both = layerNorm(builder, "norm", concat([features, mean], 1));
  return { features: builder.dropout(both, options.dropout), sequence };
}
