import { z } from "zod";
import { normalizeText, splitWords } from "../words.ts";
import { countListed, type ListState, lookUp } from "./listed.ts";
import type { Tokenize, Tokenizer } from "./tokenizer.ts";
import { vocabularyOption } from "./vocabulary-option.ts";
import { WordCounts } from "./word-counts.ts";

const config = z
  .strictObject({
    vocabulary: vocabularyOption(1, 20_000).describe("Most frequent words that are told apart."),
    minCount: z
      .int()
      .min(1)
      .default(2)
      .describe("Words that occur fewer times in the training texts are unknown ones."),
  })
  .describe("Options of words.");

/** Words as `words.ts` of texts splits them: by blanks, or by dictionaries where there are none. */
export const words: Tokenizer<z.infer<typeof config>, ListState> = {
  name: "words",
  title: "Words",
  summary: "Whole words, without punctuation; rare ones are all one.",
  config,
  learn({ vocabulary, minCount }, { lowercase }) {
    const counts = new WordCounts();
    return {
      add(text) {
        for (const word of splitWords(normalizeText(text, lowercase))) counts.add(word);
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
  return lookUp(state, (text) => splitWords(normalizeText(text, lowercase)));
}
