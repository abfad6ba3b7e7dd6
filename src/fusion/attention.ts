/** Attention among the tokens of parts, and what hides absent parts from it. */
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

/** Each part as tokens `[B, tokens, size]`, by an affine map `tokens.<part>` whose bias tells them apart. */
export function partTokens(
  builder: Builder,
  parts: readonly Part[],
  { tokens, size }: Pick<TokenOptions, "tokens" | "size">,
): Tensor[] {
  return parts.map((p) =>
    linear(builder, `tokens.${p.name}`, p.features, tokens * size).reshape([-1, tokens, size]),
  );
}

/** Counts `[B, 1]` of parts as a bias on the scores of their tokens, `[B, 1, 1, parts·tokens]`. */
export function tokenBias(counted: readonly Tensor[], tokens: number): Tensor {
  const each = counted.flatMap((c) => new Array<Tensor>(tokens).fill(c));
  return absentBias(concat(each, 1)).reshape([-1, 1, 1, each.length]);
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
