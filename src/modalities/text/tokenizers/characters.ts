import { z } from "zod";
import { countListed, type ListState, learnListed, lookUp } from "./listed.ts";
import { spaced } from "./pieces.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { vocabularyOption } from "./vocabulary-option.ts";

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
  learn: (options, { lowercase }) => learnListed(options, parts(lowercase)),
  count: countListed,
  open: (state, { lowercase }) => lookUp(state, parts(lowercase)),
};

function parts(lowercase: boolean): (text: string) => Iterable<string> {
  return (text) => spaced(text, lowercase).trimStart();
}
