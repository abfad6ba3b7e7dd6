/** Attention of several heads, and layers of it. */
import { attention } from "../compiler/compose.ts";
import type { Tensor } from "../compiler/graph.ts";
import type { Builder } from "./builder.ts";
import { layerNorm } from "./layer-norm.ts";
import { linear } from "./linear.ts";

/** A score so low that its share in a softmax is exactly 0 in 32 bits, and yet finite. */
export const absentScore = -1e9;

/** Added to scores: 0 where a count is 1, and `absentScore` where it is 0. */
export function absentBias(counted: Tensor): Tensor {
  return counted.sub(1).mul(-absentScore);
}

export interface AttentionOptions {
  readonly heads: number;
  readonly dropout: number;
}

/**
 * Attention of several heads: `x [B, T, size]` looks at `memory [B, S, size]`. Keys have no bias: it
 * would not change the shares. @cite vaswani2017
 * @param bias is added to the scores, `[B, 1, 1, S]`.
 */
export function multiHeadAttention(
  builder: Builder,
  name: string,
  x: Tensor,
  memory: Tensor,
  { heads }: Pick<AttentionOptions, "heads">,
  bias?: Tensor,
): Tensor {
  const size = x.shape[2];
  const cut = (t: Tensor) =>
    t.reshape([-1, t.shape[1], heads, size / heads]).transpose([0, 2, 1, 3]);
  return builder.scope(name, () => {
    const query = cut(linear(builder, "query", x, size));
    const key = cut(linear(builder, "key", memory, size, { bias: false }));
    const value = cut(linear(builder, "value", memory, size));
    const mixed = attention(query, key, value, bias).transpose([0, 2, 1, 3]);
    return linear(builder, "out", mixed.reshape([-1, x.shape[1], size]), size);
  });
}

/** What a token looks at. */
export interface Looking {
  /** The tokens looked at, `[B, S, size]`; x itself and all of its tokens where absent. */
  readonly memory?: Tensor;
  /** Which of x's tokens look, from the first; all where absent. Only without `memory`. */
  readonly first?: number;
  /** Hides tokens that are looked at, `[B, 1, 1, S]`. */
  readonly bias?: Tensor;
  /** `[B, 1]`: 0 where the look gives nothing, as all it would see is absent. */
  readonly counted?: Tensor;
}

/**
 * A layer of attention and a feed-forward layer four times as wide, each after a normalisation and
 * beside a shortcut: `[B, T, size] → [B, T or first, size]`. @cite vaswani2017
 */
export function attentionLayer(
  builder: Builder,
  name: string,
  x: Tensor,
  options: AttentionOptions,
  { memory, first, bias, counted }: Looking = {},
): Tensor {
  const size = x.shape[2];
  return builder.scope(name, () => {
    const seen = layerNorm(builder, "norm", x);
    const source = memory ? layerNorm(builder, "memoryNorm", memory) : seen;
    const some = (t: Tensor) => (first === undefined ? t : t.slice(1, 0, first));
    const looked = multiHeadAttention(builder, "attention", some(seen), source, options, bias);
    const told = counted ? looked.mul(counted.unsqueeze(2)) : looked;
    const h = some(x).add(builder.dropout(told, options.dropout));
    return builder.scope("feedForward", () => {
      const wide = linear(builder, "in", layerNorm(builder, "norm", h), 4 * size).gelu();
      const narrow = linear(builder, "out", builder.dropout(wide, options.dropout), size);
      return h.add(builder.dropout(narrow, options.dropout));
    });
  });
}
