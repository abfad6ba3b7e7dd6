/** The tokens of parts, and what hides those that are absent from attention. */
import { concat, type Tensor } from "../compiler/graph.ts";
import { type AttentionOptions, absentBias } from "../nn/attention.ts";
import type { Builder } from "../nn/builder.ts";
import { normal } from "../nn/initializers.ts";
import { linear } from "../nn/linear.ts";
import type { Part } from "./fusion.ts";

export interface TokenOptions extends AttentionOptions {
  readonly tokens: number;
  readonly size: number;
}

/** What a part is to attention. */
export interface Tokens {
  /** `[B, S, size]` */
  readonly values: Tensor;
  /** `[B, S]`: 1 where the row has the token, be the part there or not; all have where undefined. */
  readonly there: Tensor | undefined;
}

/**
 * Each part's features as some tokens, by an affine map `tokens.<part>` whose bias tells them apart. A
 * part with a sequence has its vectors as further tokens, by a map `sequence.<part>`.
 */
export function partTokens(
  builder: Builder,
  parts: readonly Part[],
  { tokens, size }: Pick<TokenOptions, "tokens" | "size">,
): Tokens[] {
  return parts.map(({ name, features, sequence }) => {
    const flat = linear(builder, `tokens.${name}`, features, tokens * size);
    const summary = flat.reshape([-1, tokens, size]);
    if (!sequence) return { values: summary, there: undefined };
    const vectors = linear(builder, `sequence.${name}`, sequence.values, size);
    // The summary is always there: it stands for a part that is missing.
    const rows = features.shape[0];
    const always = builder.graph.constant([1], [1, 1]).expand([rows, tokens]);
    const there = concat([always, sequence.mask], 1);
    return { values: concat([summary, vectors], 1), there };
  });
}

/** Hides tokens that a row has not from a look at one part, `[B, 1, 1, S]`; undefined where it has all. */
export function ownBias({ there }: Tokens): Tensor | undefined {
  return there && absentBias(there).reshape([-1, 1, 1, there.shape[1]]);
}

/**
 * Hides tokens of parts that do not count, and those that a row has not, `[B, 1, 1, ΣS]`.
 * @param counted `[B, 1]` a part.
 */
export function tokenBias(tokens: readonly Tokens[], counted: readonly Tensor[]): Tensor {
  const each = tokens.flatMap(({ values, there }, i) =>
    there ? [there.mul(counted[i])] : new Array<Tensor>(values.shape[1]).fill(counted[i]),
  );
  const all = concat(each, 1);
  return absentBias(all).reshape([-1, 1, 1, all.shape[1]]);
}

/** The mean over the tokens that a row has: `[B, S, size] → [B, size]`. */
export function meanOfTokens(values: Tensor, { there }: Pick<Tokens, "there">): Tensor {
  if (!there) return values.mean(1);
  const total = values.mul(there.unsqueeze(2)).sum(1);
  return total.div(there.sum(1, { keepDims: true }));
}

/** A learned start of some tokens, the same for all rows: `[B, count, size]`. */
export function learnedTokens(
  builder: Builder,
  name: string,
  rows: number,
  count: number,
  size: number,
): Tensor {
  return builder.parameter(name, [1, count, size], normal(0.02)).expand([rows, count, size]);
}
