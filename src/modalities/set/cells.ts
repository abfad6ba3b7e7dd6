import { show } from "../../core/errors.ts";
import type { Column } from "../../data/columns.ts";
import { parseList } from "../../data/list-text.ts";
import { spell } from "../category/vocabulary.ts";
import { textAt } from "../list-cells.ts";
import type { EncodeContext } from "../modality.ts";

const expected = "a list of words, codes or truths";

/**
 * The members of each cell, each once, in the order of the cell; null where it is missing. A list with anything but
 * texts, numbers and truths is told as a problem. Blank and missing elements are no members.
 * @param separator parts the members of a text that is no list in JSON; such a text is one member where it is "".
 */
export function membersAt(
  column: Column,
  row: number,
  context: EncodeContext,
  separator: string,
): readonly string[] | null {
  const items = itemsAt(column, row, separator);
  if (items === null) return null;
  const members = new Set<string>();
  for (const item of items) {
    const kind = typeof item;
    if (item === null || item === undefined || Number.isNaN(item)) continue;
    if (kind !== "string" && kind !== "number" && kind !== "bigint" && kind !== "boolean") {
      context.problem(row, `${expected}; got ${show(item)} in it`);
      return null;
    }
    // No minus before 0: both zeros are one code.
    const text = spell(String(kind === "number" ? (item as number) + 0 : item), "string").trim();
    if (text !== "") members.add(text);
  }
  return [...members];
}

function itemsAt(column: Column, row: number, separator: string): readonly unknown[] | null {
  if (column.storage === "list") return column.values[row];
  const text = textAt(column, row);
  if (text === null) return null;
  return parseList(text) ?? (separator === "" ? [text] : text.split(separator));
}
