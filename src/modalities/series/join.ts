import { show } from "../../core/errors.ts";
import { type Cell, type Column, cell, isMissing } from "../../data/columns.ts";
import { toNumber } from "../../data/from-rows.ts";
import { parseList } from "../../data/list-text.ts";
import type { EncodeContext, Joins } from "../modality.ts";

const storage = ["number", "boolean", "string", "list"] as const;

/** Series of several columns: numbers are steps, in the order of the columns; lists are channels. */
export const seriesJoins: Joins = {
  storage,
  refuses(columns) {
    const firsts = columns.map((column) => ({ name: column.name, value: firstOf(column) }));
    const expected = "columns of lists, one a channel, or of numbers, one a step";
    const other = firsts.find(({ value }) => read(value) === undefined);
    if (other) return `${expected}; ${other.name} holds ${show(other.value)}`;
    const list = firsts.find(({ value }) => Array.isArray(read(value)));
    const number = firsts.find(({ value }) => typeof read(value) === "number");
    return list && number
      ? `${expected}; ${list.name} holds lists and ${number.name} numbers`
      : undefined;
  },
  join(name, columns, context) {
    const [{ length }] = columns;
    const values: (unknown[] | null)[] = [];
    for (let row = 0; row < length; row++) values.push(seriesOf(columns, row, context));
    return { storage: "list", name, length, values };
  },
};

/** The first cell that is there, null without one. */
function firstOf(column: Column): Cell {
  for (let row = 0; row < column.length; row++) {
    if (!isMissing(column, row)) return cell(column, row);
  }
  return null;
}

/** The steps of a row; null where all its cells are missing or do not go together, which is told. */
function seriesOf(
  columns: readonly Column[],
  row: number,
  context: EncodeContext,
): unknown[] | null {
  const cells: (number | readonly unknown[] | null)[] = [];
  for (const column of columns) {
    const found = read(cell(column, row));
    if (found === undefined) {
      const came = show(cell(column, row));
      context.problem(row, `column ${column.name}: a number or a list of numbers; got ${came}`);
      return null;
    }
    cells.push(found);
  }
  const lists = cells.filter((one) => Array.isArray(one));
  if (lists.length === 0) return cells.every((one) => one === null) ? null : cells;
  const number = cells.findIndex((one) => typeof one === "number");
  if (number >= 0) {
    const came = `the number ${cells[number]} in ${columns[number].name}`;
    context.problem(row, `a list in every column, as in others of the row; got ${came}`);
    return null;
  }
  const [{ length }] = lists;
  const other = cells.findIndex((one) => Array.isArray(one) && one.length !== length);
  if (other >= 0) {
    const first = columns[cells.findIndex((one) => one !== null)].name;
    const came = `${length} in ${first} and ${(cells[other] as unknown[]).length} in ${columns[other].name}`;
    context.problem(row, `lists of equal length, one a channel; got ${came}`);
    return null;
  }
  return Array.from({ length }, (_, t) =>
    cells.map((one) => (one === null ? null : (one as readonly unknown[])[t])),
  );
}

/** A cell as a number or a list, null where it is missing; undefined for anything else. */
function read(value: unknown): number | readonly unknown[] | null | undefined {
  if (value === null || value === undefined || Number.isNaN(value)) return null;
  if (typeof value === "boolean") return Number(value);
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  if (Array.isArray(value)) return value;
  if (typeof value !== "string") return undefined;
  if (value.trim() === "") return null;
  const list = parseList(value);
  if (list) return list;
  const number = toNumber(value);
  return Number.isNaN(number) ? null : Number.isFinite(number) ? number : undefined;
}
