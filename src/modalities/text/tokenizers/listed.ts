/** Tokens that are looked up in a list: id 1 is any that is not in it. */
import type { Tokenize, TokenizerLearning } from "./tokenizer.ts";
import { WordCounts } from "./word-counts.ts";

/** What is learned: the tokens, the most frequent one first. */
export interface ListState {
  readonly tokens: readonly string[];
}

export const unknownId = 1;
export const firstListed = 2;

export function countListed({ tokens }: ListState): number {
  return firstListed + tokens.length;
}

/** The id of each listed token. */
export function idsOfListed({ tokens }: ListState): ReadonlyMap<string, number> {
  return new Map(tokens.map((token, i) => [token, firstListed + i]));
}

/** Looks the tokens up that `parts` cuts a text into. */
export function lookUp(state: ListState, parts: (text: string) => Iterable<string>): Tokenize {
  const idOf = idsOfListed(state);
  return (text, limit) => {
    const ids: number[] = [];
    for (const part of parts(text)) {
      if (ids.length >= limit) break;
      ids.push(idOf.get(part) ?? unknownId);
    }
    return ids;
  };
}

/** Learns the most frequent of the tokens that `parts` cuts texts into. */
export function learnListed(
  { vocabulary, minCount }: { readonly vocabulary: number; readonly minCount: number },
  parts: (text: string) => Iterable<string>,
): TokenizerLearning<ListState> {
  const counts = new WordCounts();
  return {
    add(text) {
      for (const part of parts(text)) counts.add(part);
    },
    finish() {
      const state = { tokens: counts.mostFrequent(vocabulary, minCount) };
      return { state, tokenize: lookUp(state, parts) };
    },
  };
}
