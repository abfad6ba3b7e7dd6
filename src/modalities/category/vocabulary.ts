import type { Column } from "../../data/columns.ts";
import { toBoolean, toNumber } from "../../data/from-rows.ts";

/** What the training column held; other columns are read as if they held it too. */
export type CategorySource = "string" | "number" | "boolean";

/** A cell's text in the vocabulary's spelling: `1.0` and `1` are one code, `Yes` and `true` one truth. */
export function spell(text: string, source: CategorySource): string {
  if (source === "number") {
    const x = toNumber(text);
    return x === undefined ? text : String(x + 0);
  }
  if (source === "boolean") {
    const truth = toBoolean(text);
    return truth === undefined ? text : String(truth);
  }
  return text.replace(/\p{Surrogate}/gu, "\uFFFD");
}

/**
 * Calls back for each cell with its text, "" where missing; `spelled` is called once for each entry of
 * a string column's dictionary that is in use, and its results are handed on.
 */
export function eachCategory<T>(
  column: Column,
  spelled: (text: string) => T,
  visit: (row: number, value: T) => void,
): void {
  const { length } = column;
  switch (column.storage) {
    case "string": {
      const known = new Map<number, T>();
      for (let row = 0; row < length; row++) {
        const code = column.codes[row];
        let value = known.get(code);
        if (value === undefined) {
          value = spelled(code < 0 ? "" : column.dictionary[code]);
          known.set(code, value);
        }
        visit(row, value);
      }
      return;
    }
    case "number":
    case "boolean": {
      const text = (x: number) => (column.storage === "boolean" ? String(x === 1) : String(x + 0));
      const known = new Map<number, T>();
      for (let row = 0; row < length; row++) {
        const x = column.valid[row] === 1 ? column.values[row] : Number.NaN;
        let value = known.get(x);
        if (value === undefined) {
          value = spelled(Number.isNaN(x) ? "" : text(x));
          known.set(x, value);
        }
        visit(row, value);
      }
      return;
    }
    default: {
      const missing = spelled("");
      for (let row = 0; row < length; row++) visit(row, missing);
    }
  }
}
