import { z } from "zod";
import { normalizeText } from "../words.ts";
import { countListed, idsOfListed, type ListState, unknownId } from "./listed.ts";
import { wordsOf } from "./pieces.ts";
import { Remembered } from "./remembered.ts";
import type { Tokenize, Tokenizer } from "./tokenizer.ts";
import { vocabularyOption } from "./vocabulary-option.ts";
import { WordCounts } from "./word-counts.ts";
import { learnPieces, PieceFinder } from "./word-pieces.ts";

const config = z
  .strictObject({
    vocabulary: vocabularyOption(1, 8000).describe("Most pieces, characters among them."),
    minCount: z
      .int()
      .min(1)
      .default(2)
      .describe("Least number of times that a piece occurs in the training texts."),
  })
  .describe("Options of word pieces.");

/**
 * Word pieces: Chinese characters and punctuation stand alone, other words are cut into the longest known
 * pieces from the left. @cite schuster2012, devlin2019
 */
export const wordpiece: Tokenizer<z.infer<typeof config>, ListState> = {
  name: "wordpiece",
  title: "Word pieces",
  summary:
    "Pieces of words that make the training texts likely; a word with unknown characters is one unknown token.",
  cite: ["schuster2012", "devlin2019"],
  config,
  learn({ vocabulary, minCount }, { lowercase }) {
    const counts = new WordCounts();
    return {
      add(text) {
        for (const word of wordsOf(normalizeText(text, lowercase))) counts.add(word);
      },
      finish() {
        const state = { tokens: learnPieces(counts.sorted(), vocabulary, minCount) };
        return { state, tokenize: open(state, lowercase) };
      },
    };
  },
  count: countListed,
  open: (state, { lowercase }) => open(state, lowercase),
};

function open(state: ListState, lowercase: boolean): Tokenize {
  const finder = new PieceFinder(idsOfListed(state), unknownId);
  const known = new Remembered((word: string) => finder.of(word));
  return (text, limit) => {
    const ids: number[] = [];
    for (const word of wordsOf(normalizeText(text, lowercase))) {
      if (ids.length >= limit) break;
      ids.push(...known.of(word));
    }
    return ids;
  };
}
