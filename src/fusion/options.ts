/** Options that several fusions have in common. */
import { z } from "zod";

/** The width that parts are projected to. */
export const projectedSize = z
  .int()
  .min(1)
  .max(65_536)
  .nullable()
  .default(null)
  .describe("Width that every input is projected to; null takes that of the widest.");

/** The part that steers the others. */
export const conditionName = z
  .string()
  .nullable()
  .default(null)
  .describe(
    "Name of the input that conditions the others (`table` for the columns of a table); null takes the first.",
  );

export const dropoutRate = z
  .number()
  .min(0)
  .max(0.95)
  .default(0.1)
  .describe("Share of activations dropped while training.");

/** Options of fusions that cut each part into tokens, which attend to one another. */
export const tokenOptions = {
  tokens: z
    .int()
    .min(1)
    .max(256)
    .default(4)
    .describe(
      "Tokens that the features of each input are projected to; words, frames or places of an input that has them are tokens as well.",
    ),
  size: z.int().min(1).max(4096).default(64).describe("Width of a token."),
  heads: z.int().min(1).max(64).default(4).describe("Heads of attention; they divide size."),
  dropout: dropoutRate,
} as const;

/** Layers of attention. */
export function layerCount(least: number, usual: number) {
  return z
    .int()
    .min(least)
    .max(32)
    .default(usual)
    .describe("Layers of attention, each with a feed-forward layer four times as wide.");
}
