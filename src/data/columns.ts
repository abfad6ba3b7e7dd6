import { DataError, didYouMean, show } from "../core/errors.ts";

/** How the cells of a column are held; every branch on a column's kind reads this. */
export type Storage = "number" | "boolean" | "datetime" | "string" | "bytes" | "list";

interface ColumnBase {
  readonly name: string;
  /** Number of cells, missing ones included. */
  readonly length: number;
}

/** Finite numbers. `values[row]` is 0 and `valid[row]` is 0 where the cell is missing. */
export interface NumberColumn extends ColumnBase {
  readonly storage: "number";
  readonly values: Float64Array;
  readonly valid: Uint8Array;
  /** Cells that held NaN and count as missing; known for columns as they were read. */
  readonly nanCount?: number;
  /** Cells that held ±Infinity and count as missing because `infinite: "missing"` was asked for. */
  readonly infiniteCount?: number;
}

/** True and false as 1 and 0. */
export interface BooleanColumn extends ColumnBase {
  readonly storage: "boolean";
  readonly values: Uint8Array;
  readonly valid: Uint8Array;
}

/** Instants as milliseconds since 1970-01-01T00:00Z; a text without a zone is taken as UTC. */
export interface DatetimeColumn extends ColumnBase {
  readonly storage: "datetime";
  readonly values: Float64Array;
  readonly valid: Uint8Array;
}

/** Strings as indexes into a dictionary of distinct strings in order of first use; −1 is missing. */
export interface StringColumn extends ColumnBase {
  readonly storage: "string";
  readonly codes: Int32Array;
  readonly dictionary: readonly string[];
}

/** Encoded files (pictures, sounds) or other raw bytes. */
export interface BytesColumn extends ColumnBase {
  readonly storage: "bytes";
  readonly values: readonly (Uint8Array | null)[];
}

/** Lists of strings or numbers: label sets, vectors, series. */
export interface ListColumn extends ColumnBase {
  readonly storage: "list";
  readonly values: readonly (readonly unknown[] | null)[];
}

export type Column =
  | NumberColumn
  | BooleanColumn
  | DatetimeColumn
  | StringColumn
  | BytesColumn
  | ListColumn;

/** A cell as a plain value. */
export type Cell = number | boolean | Date | string | Uint8Array | readonly unknown[] | null;

/** Columns of equal length, in order. */
export interface Table {
  readonly columns: ReadonlyMap<string, Column>;
  readonly rows: number;
  /** The folder against which cells that are relative paths resolve. */
  readonly baseDir: string | undefined;
  /** Where the rows came from, for messages. */
  readonly origin: string;
}

export function isMissing(column: Column, row: number): boolean {
  switch (column.storage) {
    case "number":
    case "boolean":
    case "datetime":
      return column.valid[row] === 0;
    case "string":
      return column.codes[row] < 0;
    case "bytes":
    case "list":
      return column.values[row] === null;
  }
}

/** The cell as a number, boolean, `Date`, string, bytes or list; null where it is missing. */
export function cell(column: Column, row: number): Cell {
  switch (column.storage) {
    case "number":
      return column.valid[row] ? column.values[row] : null;
    case "boolean":
      return column.valid[row] ? column.values[row] === 1 : null;
    case "datetime":
      return column.valid[row] ? new Date(column.values[row]) : null;
    case "string":
      return column.codes[row] < 0 ? null : column.dictionary[column.codes[row]];
    case "bytes":
    case "list":
      return column.values[row];
  }
}

/** Number of missing cells. */
export function countMissing(column: Column): number {
  let missing = 0;
  for (let row = 0; row < column.length; row++) if (isMissing(column, row)) missing++;
  return missing;
}

/** The cells of `rows`, in that order; a string column keeps its dictionary. */
export function take(column: Column, rows: ArrayLike<number>): Column {
  const { name } = column;
  const length = rows.length;
  switch (column.storage) {
    case "number":
    case "datetime": {
      const values = new Float64Array(length);
      const valid = new Uint8Array(length);
      for (let i = 0; i < length; i++) {
        values[i] = column.values[rows[i]];
        valid[i] = column.valid[rows[i]];
      }
      return { storage: column.storage, name, length, values, valid };
    }
    case "boolean": {
      const values = new Uint8Array(length);
      const valid = new Uint8Array(length);
      for (let i = 0; i < length; i++) {
        values[i] = column.values[rows[i]];
        valid[i] = column.valid[rows[i]];
      }
      return { storage: "boolean", name, length, values, valid };
    }
    case "string": {
      const codes = new Int32Array(length);
      for (let i = 0; i < length; i++) codes[i] = column.codes[rows[i]];
      return { storage: "string", name, length, codes, dictionary: column.dictionary };
    }
    case "bytes":
      return { storage: "bytes", name, length, values: pick(column.values, rows) };
    case "list":
      return { storage: "list", name, length, values: pick(column.values, rows) };
  }
}

function pick<T>(values: readonly T[], rows: ArrayLike<number>): T[] {
  const out = new Array<T>(rows.length);
  for (let i = 0; i < rows.length; i++) out[i] = values[rows[i]];
  return out;
}

/** `take` for every column of a table. */
export function takeRows(table: Table, rows: ArrayLike<number>): Table {
  const columns = new Map<string, Column>();
  for (const [name, column] of table.columns) columns.set(name, take(column, rows));
  return { ...table, columns, rows: rows.length };
}

/**
 * One column after another; the name is the first one's. String dictionaries are merged.
 * @throws DataError DATA_SCHEMA where the parts are stored differently, DATA_EMPTY for no part.
 */
export function concatColumns(parts: readonly Column[]): Column {
  const first = parts[0];
  if (first === undefined) {
    throw new DataError("DATA_EMPTY", "concatColumns: at least one column; got none");
  }
  const { name } = first;
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  switch (first.storage) {
    case "number":
    case "datetime": {
      const same = ofStorage(parts, first.storage);
      const values = new Float64Array(length);
      const valid = new Uint8Array(length);
      fill(values, same, (part) => part.values);
      fill(valid, same, (part) => part.valid);
      return { storage: first.storage, name, length, values, valid };
    }
    case "boolean": {
      const same = ofStorage(parts, "boolean");
      const values = new Uint8Array(length);
      const valid = new Uint8Array(length);
      fill(values, same, (part) => part.values);
      fill(valid, same, (part) => part.valid);
      return { storage: "boolean", name, length, values, valid };
    }
    case "string":
      return concatStrings(name, length, ofStorage(parts, "string"));
    case "bytes":
      return {
        storage: "bytes",
        name,
        length,
        values: ofStorage(parts, "bytes").flatMap((part) => part.values),
      };
    case "list": {
      // Not flatMap over cells: a cell is itself an array and stays one.
      const values: (readonly unknown[] | null)[] = [];
      for (const part of ofStorage(parts, "list"))
        for (const item of part.values) values.push(item);
      return { storage: "list", name, length, values };
    }
  }
}

function ofStorage<S extends Storage>(
  parts: readonly Column[],
  storage: S,
): Extract<Column, { storage: S }>[] {
  for (const part of parts) {
    if (part.storage !== storage) {
      throw new DataError(
        "DATA_SCHEMA",
        `column ${show(parts[0].name)}: every part stored as ${storage}; got ${part.storage}`,
      );
    }
  }
  return parts as Extract<Column, { storage: S }>[];
}

function fill<P extends Column, A extends Float64Array | Uint8Array>(
  out: A,
  parts: readonly P[],
  read: (part: P) => A,
): void {
  let offset = 0;
  for (const part of parts) {
    out.set(read(part), offset);
    offset += part.length;
  }
}

function concatStrings(name: string, length: number, parts: readonly StringColumn[]): StringColumn {
  const dictionary: string[] = [];
  const codeOf = new Map<string, number>();
  const codes = new Int32Array(length);
  let offset = 0;
  for (const part of parts) {
    // Only strings in use are carried over, so that parts cut from one big column stay small.
    const map = new Int32Array(part.dictionary.length).fill(-1);
    for (let row = 0; row < part.length; row++) {
      const code = part.codes[row];
      if (code < 0) {
        codes[offset + row] = -1;
        continue;
      }
      if (map[code] < 0) {
        const text = part.dictionary[code];
        let known = codeOf.get(text);
        if (known === undefined) {
          known = dictionary.push(text) - 1;
          codeOf.set(text, known);
        }
        map[code] = known;
      }
      codes[offset + row] = map[code];
    }
    offset += part.length;
  }
  return { storage: "string", name, length, codes, dictionary };
}

/** Tables with the same columns, one after another. @throws DataError as `concatColumns` does. */
export function concatTables(parts: readonly Table[]): Table {
  const first = parts[0];
  if (first === undefined) {
    throw new DataError("DATA_EMPTY", "concatTables: at least one table; got none");
  }
  const columns = new Map<string, Column>();
  for (const name of first.columns.keys()) {
    columns.set(name, concatColumns(parts.map((part) => columnOf(part, name))));
  }
  return { ...first, columns, rows: parts.reduce((sum, part) => sum + part.rows, 0) };
}

/** The column of a name. @throws DataError DATA_SCHEMA with the nearest name there is. */
export function columnOf(table: Table, name: string): Column {
  const column = table.columns.get(name);
  if (column === undefined) throw unknownColumn(table.origin, name, [...table.columns.keys()]);
  return column;
}

/** The error for a column that is asked for and not there. */
export function unknownColumn(
  origin: string,
  name: string,
  existing: readonly string[],
): DataError {
  const near = didYouMean(name, existing);
  return new DataError(
    "DATA_SCHEMA",
    `${origin}: a column named ${show(name)}; the columns are ${listNames(existing)}`,
    {
      hint: near === undefined ? undefined : `did you mean ${show(near)}?`,
      details: { column: name, columns: existing },
    },
  );
}

/** Names for a message, quoted, the rest counted where there are many. */
export function listNames(names: readonly string[], limit = 10): string {
  const shown = names.slice(0, limit).map((name) => show(name, 40));
  const more = names.length - shown.length;
  return more > 0 ? `${shown.join(", ")} and ${more} more` : shown.join(", ");
}
