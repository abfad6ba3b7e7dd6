import { z } from "zod";
import { packCounts, unpackCounts } from "../packed-counts.ts";
import { Joiner, learnJoins } from "./byte-pairs.ts";
import { runsOf, spaced } from "./pieces.ts";
import { Remembered } from "./remembered.ts";
import type { Tokenize, Tokenizer } from "./tokenizer.ts";
import { vocabularyOption } from "./vocabulary-option.ts";
import { WordCounts } from "./word-counts.ts";

const config = z
  .strictObject({
    vocabulary: vocabularyOption(256, 8000).describe(
      "Most tokens: 256 bytes, and pieces joined of them.",
    ),
    minCount: z
      .int()
      .min(1)
      .default(2)
      .describe("Least number of times that a piece occurs in the training texts."),
  })
  .describe("Options of byte pair encoding.");

export interface BpeState {
  /** Pairs of units in the order they are joined: int32, little-endian, base64. */
  readonly joins: string;
  readonly length: number;
}

/** Byte pair encoding over bytes: no text is unknown, in any script. @cite sennrich2016, radford2019 */
export const bpe: Tokenizer<z.infer<typeof config>, BpeState> = {
  name: "bpe",
  title: "Byte pairs",
  summary: "Frequent pieces of words, learned from the training texts; bytes for the rest.",
  cite: ["sennrich2016", "radford2019"],
  config,
  learn({ vocabulary, minCount }, { lowercase }) {
    const counts = new WordCounts();
    return {
      add(text) {
        for (const run of runsOf(spaced(text, lowercase))) counts.add(run);
      },
      finish() {
        const joins = learnJoins(counts.sorted(), vocabulary, minCount);
        const state = { joins: packCounts(Int32Array.from(joins)), length: joins.length };
        return { state, tokenize: open(state, lowercase) };
      },
    };
  },
  count: (state) => 1 + joinerOf(state).count,
  open: (state, { lowercase }) => open(state, lowercase),
};

function open(state: BpeState, lowercase: boolean): Tokenize {
  const joiner = joinerOf(state);
  const known = new Remembered((run: string) => joiner.of(run).map((unit) => 1 + unit));
  return (text, limit) => {
    const ids: number[] = [];
    for (const run of runsOf(spaced(text, lowercase))) {
      if (ids.length >= limit) break;
      ids.push(...known.of(run));
    }
    return ids;
  };
}

function joinerOf({ joins, length }: BpeState): Joiner {
  return new Joiner(unpackCounts(joins, length));
}
