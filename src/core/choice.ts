import { z } from "zod";

interface Choosable {
  readonly config: z.ZodType;
  readonly summary: string;
}

/** Options that choose a row of a table: the row's name and its own options. */
export type Choice = { readonly type: string } & Readonly<Record<string, unknown>>;

/**
 * A schema for choosing a row of a table: its name, or an object with `type` and the row's options.
 * @param none whether `none`, which chooses nothing, is allowed.
 */
export function choice(
  table: Readonly<Record<string, Choosable>>,
  fallback: string,
  description: string,
  none = false,
): z.ZodType<Choice> {
  const rows = Object.entries(table).map(([name, row]) =>
    z
      .strictObject({ type: z.literal(name), ...(row.config as z.ZodObject).shape })
      .describe(row.summary),
  );
  const nothing = z.strictObject({ type: z.literal("none") }).describe("Nothing.");
  return z
    .preprocess(
      (value) => (typeof value === "string" ? { type: value } : value),
      z.discriminatedUnion("type", (none ? [nothing, ...rows] : rows) as never),
    )
    .prefault(fallback)
    .describe(description) as unknown as z.ZodType<Choice>;
}
