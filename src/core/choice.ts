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
  return chosen(table, none)
    .prefault(fallback)
    .describe(description) as unknown as z.ZodType<Choice>;
}

/** As `choice`, where nothing is chosen by default. */
export function optionalChoice(
  table: Readonly<Record<string, Choosable>>,
  description: string,
): z.ZodType<Choice | undefined> {
  return chosen(table, false).optional().describe(description) as unknown as z.ZodType<
    Choice | undefined
  >;
}

function chosen(table: Readonly<Record<string, Choosable>>, none: boolean) {
  const rows = Object.entries(table).map(([name, row]) =>
    z
      .strictObject({ type: z.literal(name), ...(row.config as z.ZodObject).shape })
      .describe(row.summary),
  );
  const nothing = z.strictObject({ type: z.literal("none") }).describe("Nothing.");
  return z.preprocess(
    (value) => (typeof value === "string" ? { type: value } : value),
    z.discriminatedUnion("type", (none ? [nothing, ...rows] : rows) as never),
  );
}
