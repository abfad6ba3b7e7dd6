import { z } from "zod";
import { normalizeText, splitWords } from "../words.ts";
import { countListed, type ListState, learnListed, lookUp } from "./listed.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { vocabularyOption } from "./vocabulary-option.ts";

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
  learn: (options, { lowercase }) => learnListed(options, parts(lowercase)),
  count: countListed,
  open: (state, { lowercase }) => lookUp(state, parts(lowercase)),
};

function parts(lowercase: boolean): (text: string) => Iterable<string> {
  return (text) => splitWords(normalizeText(text, lowercase));
}
