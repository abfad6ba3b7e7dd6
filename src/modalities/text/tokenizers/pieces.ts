/** How texts fall into the pieces that byte pairs and word pieces are looked for in. */
import { normalizeText } from "../words.ts";

/**
 * A run of letters with their marks, of digits, or of anything else, with the blank before it; runs end
 * after 64 characters, so that a text without blanks takes no longer than others.
 */
const runs = / ?[\p{L}\p{M}]{1,64}| ?\p{N}{1,64}| ?[^ \p{L}\p{M}\p{N}]{1,64}| /gu;

/** A Chinese character, a run of other letters and digits, or any other visible character. */
const words = /\p{Script=Han}|(?:(?!\p{Script=Han})[\p{L}\p{M}\p{N}])+|\S/gu;

/** A normalized text whose blanks are single ones, with one in front; empty where there is nothing else. */
export function spaced(text: string, lowercase: boolean): string {
  const plain = normalizeText(text, lowercase).replace(/\s+/gu, " ").trim();
  return plain === "" ? "" : ` ${plain}`;
}

/** The pieces of a text as `spaced` gives it, in order, one after the other. */
export function* runsOf(spacedText: string): Generator<string> {
  for (const [run] of spacedText.matchAll(runs)) yield run;
}

/** The words of a normalized text, in order, one after the other. */
export function* wordsOf(normalized: string): Generator<string> {
  for (const [word] of normalized.matchAll(words)) yield word;
}
