/** Lists in cells: those of a list column, or JSON in a text. */
import { show } from "../core/errors.ts";
import type { Column } from "../data/columns.ts";
import { parseList } from "../data/list-text.ts";
import type { ColumnProfile, ListProfile } from "../data/profile.ts";
import type { EncodeContext } from "./modality.ts";

/** The list in a cell, null where it is missing or blank; a text that is no list is told as a problem. */
export function listAt(
  column: Column,
  row: number,
  context: EncodeContext,
  expected: string,
): readonly unknown[] | null {
  if (column.storage === "list") return column.values[row];
  const text = textAt(column, row);
  if (text === null) return null;
  const list = parseList(text);
  if (list === undefined) context.problem(row, `${expected}; got ${show(text)}`);
  return list ?? null;
}

/** The text in a cell of a string column, null where it is missing or blank. */
export function textAt(column: Column, row: number): string | null {
  if (column.storage !== "string" || column.codes[row] < 0) return null;
  const text = column.dictionary[column.codes[row]];
  return text.trim() === "" ? null : text;
}

/** A number, NaN for one that is missing; undefined for anything else, infinities too. */
export function elementOf(item: unknown): number | undefined {
  if (item === null || item === undefined) return Number.NaN;
  const x = typeof item === "bigint" ? Number(item) : item;
  return typeof x === "number" && (Number.isFinite(x) || Number.isNaN(x)) ? x : undefined;
}

/** What is known of the lists in a column, be they lists or texts. */
export function listsOf(profile: ColumnProfile): ListProfile | undefined {
  return profile.list ?? profile.listText;
}

/** Whether the same few elements come up in many lists, never twice in one: sets of words or codes. */
export function looksLikeSets(profile: ColumnProfile): boolean {
  const lists = listsOf(profile);
  if (lists === undefined || lists.repeats) return false;
  if (lists.elements !== "string" && lists.elements !== "number") return false;
  const elements = lists.meanLength * (profile.rows - profile.missing);
  const varies =
    lists.elements === "string" || (lists.whole === true && lists.minLength !== lists.maxLength);
  return varies && lists.maxLength > 0 && lists.distinctElements <= 0.3 * elements;
}
