import { z } from "zod";

/** The number of tokens that a tokenizer may have. */
export function vocabularyOption(least: number, usual: number) {
  return z.int().min(least).max(1_000_000).default(usual);
}
