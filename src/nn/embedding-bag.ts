import type { Tensor } from "../compiler/graph.ts";
import type { Builder } from "./builder.ts";
import { type EmbeddingOptions, embeddingTable } from "./embedding.ts";

/**
 * A weighted sum of embeddings a row: ids (int32 `[B, L]`) and weights (`[B, L]`) to `[B, size]`.
 * Padding is any id below `count` with weight 0; weights that sum to 1 make the sum a mean.
 */
export function embeddingBag(
  builder: Builder,
  name: string,
  ids: Tensor,
  weights: Tensor,
  options: EmbeddingOptions,
): Tensor {
  return builder.scope(name, () =>
    weights.unsqueeze(1).matmul(embeddingTable(builder, options).gather(ids)).squeeze(1),
  );
}
