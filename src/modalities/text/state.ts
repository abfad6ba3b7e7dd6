import { z } from "zod";
import { choice } from "../../core/choice.ts";
import { memo } from "../memo.ts";
import { pretrainedSummary, pretrainedTextConfig } from "../pretrained/options.ts";
import { sequenceEncoders } from "../sequence/sequence-encoders.ts";
import { poolingOption } from "../sequence/sequence-options.ts";
import { CharacterBuckets } from "./character-buckets.ts";
import { unpackCounts } from "./packed-counts.ts";
import type { TokensState } from "./token-learning.ts";
import { tokenizers } from "./tokenizers/tokenizers.ts";

const nothing = z.strictObject({}).describe("Nothing to choose.");

/** The encoder that knows no order, beside those of sequences. */
const encoders = {
  bag: {
    config: nothing,
    summary: "The sum of the tokens' vectors, weighed by how rare they are, whatever their order.",
  },
  ...sequenceEncoders,
  pretrained: { config: pretrainedTextConfig, summary: pretrainedSummary },
};

/** What the encoder calls for, beside what may be asked for. */
const cuts = {
  auto: {
    config: nothing,
    summary:
      "Words, word sequences and character sequences for the bag; words for encoders that read in order.",
  },
  ...tokenizers,
};

export const textOptions = z
  .strictObject({
    encoder: choice(encoders, "bag", "How a network reads the text."),
    tokenizer: choice(cuts, "auto", "What the tokens are that a network reads."),
    pooling: poolingOption.default("attention"),
    lowercase: z.boolean().default(true).describe("Ignore case."),
    words: z.int().min(1).max(3).default(2).describe("Longest sequence of words that is a term."),
    characters: z
      .int()
      .min(0)
      .max(8)
      .default(5)
      .describe(
        "Longest sequence of characters within a word that a network sees; the shortest is 3, and below 3 there are none. Chinese, Japanese and Korean use 1 and 2 instead.",
      ),
    characterFeatures: z
      .boolean()
      .default(false)
      .describe("Give families without an encoder the character sequences as well."),
    minCount: z
      .int()
      .min(1)
      .default(2)
      .describe(
        "Terms in fewer training texts get no embedding of their own but a hashed one. Features keep all terms up to `vocabulary`.",
      ),
    vocabulary: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(50_000)
      .describe("Most frequent terms that are kept."),
    buckets: z
      .int()
      .min(1)
      .max(4_194_304)
      .default(8192)
      .describe("Hash buckets for unknown terms and character sequences."),
    maxTokens: z
      .int()
      .min(1)
      .max(16_384)
      .default(256)
      .describe(
        "Most tokens of a text that a network reads. In order, the first ones; for the bag, distinct ones of greatest weight.",
      ),
    sublinear: z
      .boolean()
      .default(true)
      .describe("Weigh a token that occurs n times by 1 + log(n) rather than n."),
    size: z.int().min(1).max(4096).default(64).describe("Numbers a text is embedded in."),
    dropout: z
      .number()
      .min(0)
      .max(0.95)
      .default(0)
      .describe("Share of the embedded text's numbers dropped while training."),
  })
  .describe("A text.");

export type TextOptions = z.infer<typeof textOptions>;

/**
 * What is learned of a text column; with the rules of `words.ts` it is the whole tokenizer. Ids of
 * tokens in a network: 0 is padding, 1 … `known` the first terms, then the hash buckets. Ids of
 * features: 0 … all terms, then the buckets where character features are asked for.
 */
export interface TextState {
  readonly rows: number;
  readonly missing: number;
  readonly empty: number;
  readonly lowercase: boolean;
  readonly words: number;
  readonly characters: number;
  readonly characterFeatures: boolean;
  readonly sublinear: boolean;
  /** Terms by descending number of training texts, equal ones by code unit order. */
  readonly terms: readonly string[];
  /** Training texts that have each term: int32, little-endian, base64. */
  readonly termCounts: string;
  /** How many of the terms have an embedding of their own. */
  readonly known: number;
  readonly buckets: number;
  /** Training texts that have a token in each bucket, as `termCounts`. */
  readonly bucketCounts: string;
  /** Tokens a text in a network, and in features. */
  readonly networkWidth: number;
  readonly featureWidth: number;
  /** Where the network reads tokens in order. */
  readonly tokens?: TokensState;
}

/** A state unpacked for encoding. */
export interface TextIndex {
  readonly idOf: ReadonlyMap<string, number>;
  /** Smoothed inverse document frequencies, ln((1+n)/(1+count)) + 1. @cite manning2008 */
  readonly termWeights: Float64Array;
  readonly bucketWeights: Float64Array;
  readonly characterBuckets: CharacterBuckets;
  /** Scratch for counting ids, all 0. */
  readonly places: Int32Array;
}

export const textIndex = memo((state: TextState): TextIndex => {
  const texts = state.rows - state.missing;
  const weights = (counts: Int32Array) =>
    Float64Array.from(counts, (count) => Math.log((1 + texts) / (1 + count)) + 1);
  return {
    idOf: new Map(state.terms.map((term, id) => [term, id])),
    termWeights: weights(unpackCounts(state.termCounts, state.terms.length)),
    bucketWeights: weights(unpackCounts(state.bucketCounts, state.buckets)),
    characterBuckets: new CharacterBuckets(state.characters, state.buckets),
    places: new Int32Array(1 + state.terms.length + state.buckets),
  };
});
