import { DataError, didYouMean } from "../core/errors.ts";
import type { Column, Table } from "../data/columns.ts";

/** The column that an option names. @throws DataError DATA_SCHEMA naming the option. */
export function namedColumn(table: Table, where: string, name: string): Column {
  const column = table.columns.get(name);
  if (column) return column;
  const names = [...table.columns.keys()];
  const near = didYouMean(name, names);
  throw new DataError(
    "DATA_SCHEMA",
    `${where}: a column of ${table.origin} (${names.slice(0, 12).join(", ")}${names.length > 12 ? ", …" : ""}); got ${JSON.stringify(name)}`,
    {
      hint: near && `did you mean ${near}?`,
    },
  );
}
