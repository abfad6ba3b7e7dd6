import type { Column } from "../../data/columns.ts";

/** The cells as texts, null where missing; the items of a list are joined by blanks. */
export function textAt(column: Column, row: number): string | null {
  switch (column.storage) {
    case "string":
      return column.codes[row] < 0 ? null : column.dictionary[column.codes[row]];
    case "list": {
      const items = column.values[row];
      return items === null ? null : items.join(" ");
    }
    default:
      return null;
  }
}
