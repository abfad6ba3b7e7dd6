/**
 * The contract of a sequence encoder: how vectors in order learn from one another. Texts, sounds and
 * series share them. `sequence-encoders.ts` is the literal table.
 *
 * What the vectors of absent places (mask 0) hold does not matter, before or after: a row gives the same
 * at its places however much padding follows.
 */
import type { z } from "zod";
import type { Builder } from "../../nn/builder.ts";
import type { Sequence } from "../../nn/sequence.ts";

/** What all encoders are told beside their own options. */
export interface SequenceWidth {
  /** Numbers a vector of the result. */
  readonly size: number;
  /** Share of activations dropped while training. */
  readonly dropout: number;
}

export interface SequenceEncoder<Config = unknown> {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly cite?: readonly string[];
  readonly config: z.ZodType<Config>;
  /** How many numbers of each vector, the last ones, were made from the end of the sequence towards its start. */
  fromEnd?(config: Config, size: number): number;
  /**
   * Traces the encoder: `[B, T, D]` to `[B, T′, size]`, T′ ≤ T.
   * @throws ConfigError CONFIG_INVALID for options that do not fit the size.
   */
  build(builder: Builder, sequence: Sequence, config: Config, width: SequenceWidth): Sequence;
}
