import type { Column } from "../data/columns.ts";
import { spellClass } from "./class-labels.ts";
import { type LabelPlace, labelError, storageError } from "./label-errors.ts";

/**
 * The set of labels in each cell, null where it is missing: a list, a JSON list as text, or a text
 * with a separator between labels. A blank text is missing; `[]` is the empty set.
 * @throws DataError naming the row of a list with elements that are no labels.
 */
export function labelSets(
  column: Column,
  separator: string,
  place: LabelPlace,
): (ReadonlySet<string> | null)[] {
  if (column.storage === "list") {
    return column.values.map((list, row) => (list === null ? null : setOf(list, row, place)));
  }
  if (column.storage !== "string") {
    throw storageError(place.task, "lists of labels, or texts with a separator", column.storage);
  }
  const known = new Map<number, ReadonlySet<string> | null>();
  return Array.from(column.codes, (code, row) => {
    if (code < 0) return null;
    let set = known.get(code);
    if (set === undefined) {
      set = parseSet(column.dictionary[code], separator, row, place);
      known.set(code, set);
    }
    return set;
  });
}

function parseSet(
  text: string,
  separator: string,
  row: number,
  place: LabelPlace,
): ReadonlySet<string> | null {
  if (text.trim() === "") return null;
  if (/^\s*\[.*\]\s*$/s.test(text)) {
    let list: unknown;
    try {
      list = JSON.parse(text);
    } catch {
      throw labelError(place, row, "a list of labels in JSON", text);
    }
    return setOf(list as unknown[], row, place);
  }
  const names = text.split(separator).map((name) => spellClass(name.trim(), "string"));
  return new Set(names.filter((name) => name !== ""));
}

function setOf(list: readonly unknown[], row: number, place: LabelPlace): ReadonlySet<string> {
  const set = new Set<string>();
  for (const item of list) {
    const plain = typeof item === "string" || typeof item === "boolean" || Number.isFinite(item);
    if (!plain) throw labelError(place, row, "a list of words or numbers", item);
    const name = spellClass(String(item).trim(), "string");
    if (name !== "") set.add(name);
  }
  return set;
}
