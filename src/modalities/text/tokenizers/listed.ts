/** Tokens that are looked up in a list: id 1 is any that is not in it. */
import type { Tokenize } from "./tokenizer.ts";

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
