import type { Tensor } from "../compiler/graph.ts";
import type { Builder, Initializer } from "./builder.ts";
import { normal } from "./initializers.ts";

export interface EmbeddingOptions {
  /** Number of rows: ids are below it. */
  readonly count: number;
  readonly size: number;
  /** Default: normal with deviation 1/√size, so that a row has length about 1. */
  readonly initializer?: Initializer;
  /** Ids whose row starts at zero: padding, or a value that training may never show. */
  readonly zeroIds?: readonly number[];
}

/** The rows `ids` (int32 `[...I]`) of the parameter `name.table [count, size]`: `[...I, size]`. */
export function embedding(
  builder: Builder,
  name: string,
  ids: Tensor,
  options: EmbeddingOptions,
): Tensor {
  return builder.scope(name, () => embeddingTable(builder, options).gather(ids));
}

/** The parameter `table [count, size]` of an embedding. */
export function embeddingTable(builder: Builder, options: EmbeddingOptions): Tensor {
  const { count, size, zeroIds = [], initializer = normal(1 / Math.sqrt(size)) } = options;
  const initialize: Initializer = (out, shape, random) => {
    initializer(out, shape, random);
    for (const id of zeroIds) out.fill(0, id * size, (id + 1) * size);
  };
  return builder.parameter("table", [count, size], initialize);
}
