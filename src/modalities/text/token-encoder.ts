import type { Tensor } from "../../compiler/graph.ts";
import type { Builder } from "../../nn/builder.ts";
import { embedding } from "../../nn/embedding.ts";
import type { Encoded } from "../modality.ts";
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
  const { size } = options;
  const values = embedding(builder, "embedding", ids, {
    count,
    size,
    zeroIds: [0],
  });
  const sequence = { values, mask: ids.gt(0).cast("float32") };
  return options.encoder.type === "bag"
    ? encodeSequence(builder, sequence, { ...options, encoder: { type: "none" }, pooling: "mean" })
    : encodeSequence(builder, sequence, options);
}
