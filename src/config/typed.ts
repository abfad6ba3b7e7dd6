import { z } from "zod";

/** A row of a table whose options are chosen by `type`. */
export interface TypedRow {
  readonly summary: string;
}

/**
 * One strict object for each row of a table, told apart by `type`; `shared` options come with every row, or with some as a function of it says.
 * In a configuration the bare name of a row stands for `{ type: name }`.
 */
export function typedRows<Row extends TypedRow>(
  table: Readonly<Record<string, Row>>,
  optionsOf: (row: Row) => z.ZodType,
  shared: z.ZodRawShape | ((row: Row) => z.ZodRawShape) = {},
): z.ZodObject[] {
  return Object.entries(table).map(([name, row]) =>
    objectOf(optionsOf(row))
      .safeExtend({
        type: z.literal(name),
        ...(typeof shared === "function" ? shared(row) : shared),
      })
      .describe(row.summary),
  );
}

/** A choice among such objects; `fallback` is taken where nothing is said. */
export function typedChoice(
  rows: readonly z.ZodObject[],
  fallback: string,
  description: string,
): z.ZodType {
  return z
    .discriminatedUnion("type", rows as never)
    .prefault({ type: fallback } as never)
    .describe(description);
}

/** The object inside defaults and other wrappers, which say nothing of its keys. */
function objectOf(schema: z.ZodType): z.ZodObject {
  let inner: z.ZodType = schema;
  while (!(inner instanceof z.ZodObject)) {
    if (!("unwrap" in inner)) throw new TypeError("options of a table's row must be an object");
    inner = (inner as unknown as { unwrap(): z.ZodType }).unwrap();
  }
  return inner;
}
