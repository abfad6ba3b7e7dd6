import { z } from "zod";
import { countListed, type ListState, lookUp } from "./listed.ts";
import { spaced } from "./pieces.ts";
import type { Tokenize, Tokenizer } from "./tokenizer.ts";
import { vocabularyOption } from "./vocabulary-option.ts";
import { WordCounts } from "./word-counts.ts";

const config = z
  .strictObject({
    vocabulary: vocabularyOption(1, 5000).describe("Most frequent characters that are told apart."),
    minCount: z
      .int()
      .min(1)
      .default(2)
      .describe("Characters that occur fewer times in the training texts are unknown ones."),
  })
  .describe("Options of characters.");

/** Unicode characters (code points), blanks among them. */
export const characters: Tokenizer<z.infer<typeof config>, ListState> = {
  name: "characters",
  title: "Characters",
  summary: "Single characters; rare ones are all one.",
  config,
  learn({ vocabulary, minCount }, { lowercase }) {
    const counts = new WordCounts();
    return {
      add(text) {
        for (const character of spaced(text, lowercase).trimStart()) counts.add(character);
      },
      finish() {
        const state = { tokens: counts.mostFrequent(vocabulary, minCount) };
        return { state, tokenize: open(state, lowercase) };
      },
    };
  },
  count: countListed,
  open: (state, { lowercase }) => open(state, lowercase),
};

function open(state: ListState, lowercase: boolean): Tokenize {
  return lookUp(state, (text) => spaced(text, lowercase).trimStart());
}
