/** What texts, sounds and series let their users choose of a sequence encoder, and how it is traced. */
import { z } from "zod";
import { type Choice, choice } from "../../core/choice.ts";
import type { Builder } from "../../nn/builder.ts";
import type { Sequence } from "../../nn/sequence.ts";
import type { Encoded } from "../modality.ts";
import { type PoolingName, poolings } from "./pooling.ts";
import type { SequenceEncoder } from "./sequence-encoder.ts";
import { sequenceEncoders } from "./sequence-encoders.ts";

/** Encoders to choose from, by name. */
export type SequenceEncoderTable = Readonly<Record<string, SequenceEncoder>>;

/** Values of `sequenceOptions`. */
export interface SequenceOptions {
  readonly encoder: Choice;
  readonly pooling: PoolingName;
  readonly size: number;
  readonly dropout: number;
}

/**
 * Options to spread in those of a modality.
 * @param usual the encoder and pooling that are chosen by default.
 * @param encoders the table to choose from.
 */
export function sequenceOptions<Table extends SequenceEncoderTable = typeof sequenceEncoders>(
  usual: { readonly encoder: keyof Table & string; readonly pooling: PoolingName },
  encoders: Table = sequenceEncoders as unknown as Table,
) {
  return {
    encoder: choice(encoders, usual.encoder, "How the vectors learn from one another."),
    pooling: poolingOption.default(usual.pooling),
    size: sequenceSize,
    dropout: sequenceDropout,
  };
}

/** How vectors become one. */
export const poolingOption = z
  .enum(Object.keys(poolings) as [PoolingName, ...PoolingName[]])
  .describe(
    "How the vectors become one: their mean, their largest values, a mean of learned weights, or the last one.",
  );

const sequenceSize = z.int().min(1).max(4096).default(64).describe("Numbers a vector.");

const sequenceDropout = z
  .number()
  .min(0)
  .max(0.95)
  .default(0)
  .describe("Share of activations dropped while training.");

/**
 * Traces the chosen encoder and pooling: `[B, T, D]` to features `[B, size]`, beside the vectors they
 * were made from. A row without any vector gives zeros.
 */
export function encodeSequence(
  builder: Builder,
  sequence: Sequence,
  { encoder, pooling, size, dropout }: SequenceOptions,
  encoders: SequenceEncoderTable = sequenceEncoders,
): Encoded {
  const chosen = encoders[encoder.type];
  const encoded = builder.scope("sequence", () =>
    chosen.build(builder, sequence, encoder, { size, dropout }),
  );
  const fromEnd = chosen.fromEnd?.(encoder, size) ?? 0;
  const pooled = builder.scope("pooling", () => poolings[pooling](builder, encoded, fromEnd));
  return { features: builder.dropout(pooled, dropout), sequence: encoded };
}
