import { bpe } from "./bpe.ts";
import { characters } from "./characters.ts";
import { huggingface } from "./huggingface.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { wordpiece } from "./wordpiece.ts";
import { words } from "./words.ts";

/** Every tokenizer, by name. */
export const tokenizers = {
  words,
  characters,
  bpe,
  wordpiece,
  huggingface,
} as const satisfies Record<string, Tokenizer>;
