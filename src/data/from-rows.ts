import { DataError, show } from "../core/errors.ts";
import { type Column, type Storage, type Table, unknownColumn } from "./columns.ts";
import { parseList, placeOf } from "./list-text.ts";

export interface FromRowsOptions {
  /** Storage by column name, instead of what the cells suggest; cells are converted to it. */
  readonly types?: Readonly<Record<string, Storage>>;
  /** What ±Infinity is: an error (the default) or a missing cell. */
  readonly infinite?: "error" | "missing";
  readonly baseDir?: string;
  /** Name of the rows in messages. */
  readonly origin?: string;
}

/**
 * Builds a table from objects, one a row. The columns are the keys in order of first appearance; a key
 * that a row lacks is a missing cell, and so are null, undefined and NaN. A column's storage follows
 * its cells: number or bigint → number, boolean, `Date` → datetime, string, `Uint8Array` → bytes, array
 * or other typed array → list, `{ lat, lon }` → list of both. A column without any cell becomes a string column.
 * @throws DataError DATA_FORMAT for a row that is not an object, DATA_VALUE for a cell that does not fit
 *   its column (rows count from 1), DATA_SCHEMA for a type given to an unknown column.
 */
export function tableFromRows(
  rows: readonly Readonly<Record<string, unknown>>[],
  options: FromRowsOptions = {},
): Table {
  const origin = options.origin ?? "rows";
  const names = columnNames(rows, origin);
  for (const name of Object.keys(options.types ?? {})) {
    if (!names.has(name)) throw unknownColumn(origin, name, [...names]);
  }
  const columns = new Map<string, Column>();
  for (const name of names) {
    const asked = options.types && Object.hasOwn(options.types, name) ? options.types[name] : null;
    const cells = rows.map((row) => (Object.hasOwn(row, name) ? row[name] : undefined));
    const storage = asked ?? inferStorage(cells);
    columns.set(
      name,
      columnFromCells(name, cells, storage, { ...options, origin, convert: asked !== null }),
    );
  }
  return { columns, rows: rows.length, baseDir: options.baseDir, origin };
}

function columnNames(rows: readonly unknown[], origin: string): Set<string> {
  const names = new Set<string>();
  rows.forEach((row, index) => {
    if (row === null || typeof row !== "object" || Array.isArray(row) || ArrayBuffer.isView(row)) {
      throw new DataError(
        "DATA_FORMAT",
        `${origin}, row ${index + 1}: an object of cells by column name; got ${show(row)}`,
      );
    }
    for (const name of Object.keys(row)) names.add(name);
  });
  if (names.has("")) {
    throw new DataError("DATA_SCHEMA", `${origin}: column names that are not empty; got ""`);
  }
  return names;
}

function storageOf(value: unknown): Storage | undefined {
  switch (typeof value) {
    case "number":
    case "bigint":
      return "number";
    case "boolean":
      return "boolean";
    case "string":
      return "string";
    case "object":
      if (value instanceof Date) return "datetime";
      if (value instanceof Uint8Array || value instanceof ArrayBuffer) return "bytes";
      if (Array.isArray(value) || ArrayBuffer.isView(value)) return "list";
      return placeOf(value) && "list";
    default:
      return undefined;
  }
}

function isAbsent(value: unknown): boolean {
  return (
    value === null || value === undefined || (typeof value === "number" && Number.isNaN(value))
  );
}

/** The storage of the first cell that says one: a blank string does so only when nothing else does. */
function inferStorage(cells: readonly unknown[]): Storage {
  for (const value of cells) {
    if (isAbsent(value) || value === "") continue;
    const storage = storageOf(value);
    if (storage !== undefined) return storage;
  }
  return cells.some((value) => typeof value === "number") ? "number" : "string";
}

interface CellOptions extends FromRowsOptions {
  readonly origin: string;
  /** Whether cells of another kind are converted; otherwise they are errors. */
  readonly convert: boolean;
}

/** A column of one storage from plain cells; `convert` allows `"41"` where a number is wanted. */
export function columnFromCells(
  name: string,
  cells: readonly unknown[],
  storage: Storage,
  options: CellOptions,
): Column {
  const length = cells.length;
  const refuse = (row: number, expected: string): DataError =>
    new DataError(
      "DATA_VALUE",
      `${options.origin}, row ${row + 1}, column ${show(name)}: ${expected}; got ${describe(cells[row])}`,
      { details: { column: name, row: row + 1 } },
    );
  const accepts = (value: unknown) => options.convert || storageOf(value) === storage;

  switch (storage) {
    case "number": {
      const values = new Float64Array(length);
      const valid = new Uint8Array(length);
      let nanCount = 0;
      let infiniteCount = 0;
      cells.forEach((value, row) => {
        if (typeof value === "number" && Number.isNaN(value)) nanCount++;
        if (isAbsent(value) || value === "") return;
        const number = accepts(value) ? toNumber(value) : undefined;
        if (number === undefined) throw refuse(row, "a number");
        if (Number.isNaN(number)) nanCount++;
        else if (Number.isFinite(number)) {
          values[row] = number;
          valid[row] = 1;
        } else if (options.infinite === "missing") infiniteCount++;
        else throw refuse(row, "a finite number");
      });
      return { storage, name, length, values, valid, nanCount, infiniteCount };
    }
    case "boolean": {
      const values = new Uint8Array(length);
      const valid = new Uint8Array(length);
      cells.forEach((value, row) => {
        if (isAbsent(value) || value === "") return;
        const boolean = accepts(value) ? toBoolean(value) : undefined;
        if (boolean === undefined) throw refuse(row, "true or false");
        values[row] = boolean ? 1 : 0;
        valid[row] = 1;
      });
      return { storage, name, length, values, valid };
    }
    case "datetime": {
      const values = new Float64Array(length);
      const valid = new Uint8Array(length);
      cells.forEach((value, row) => {
        if (isAbsent(value) || value === "") return;
        const time = accepts(value) ? toTime(value) : undefined;
        if (time === undefined) throw refuse(row, "a date or time such as 2024-05-01T12:00:00Z");
        values[row] = time;
        valid[row] = 1;
      });
      return { storage, name, length, values, valid };
    }
    case "string": {
      const codes = new Int32Array(length).fill(-1);
      const codeOf = new Map<string, number>();
      cells.forEach((value, row) => {
        if (isAbsent(value)) return;
        const text = accepts(value) ? toText(value) : undefined;
        if (text === undefined) throw refuse(row, "a string");
        let code = codeOf.get(text);
        if (code === undefined) {
          code = codeOf.size;
          codeOf.set(text, code);
        }
        codes[row] = code;
      });
      return { storage, name, length, codes, dictionary: [...codeOf.keys()] };
    }
    case "bytes": {
      const values = cells.map((value, row) => {
        if (isAbsent(value) || value === "") return null;
        if (value instanceof Uint8Array) return value;
        if (value instanceof ArrayBuffer) return new Uint8Array(value);
        throw refuse(row, "bytes (a Uint8Array)");
      });
      return { storage, name, length, values };
    }
    case "list": {
      const values = cells.map((value, row) => {
        if (isAbsent(value) || value === "") return null;
        const list = toList(value, options.convert);
        if (list === undefined) throw refuse(row, "a list");
        return list;
      });
      return { storage, name, length, values };
    }
  }
}

function describe(value: unknown): string {
  if (typeof value === "number" || value instanceof Date) return String(value);
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (typeof value === "function" || typeof value === "symbol") return `a ${typeof value}`;
  return show(value);
}

const numberText = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$/;

/** A number in decimal notation, or NaN or an infinity by name; undefined for anything else. */
export function toNumber(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value === "bigint" || typeof value === "boolean") return Number(value);
  if (typeof value !== "string") return undefined;
  if (numberText.test(value)) return Number(value);
  const word = value.trim().toLowerCase();
  if (word === "nan") return Number.NaN;
  const infinity = /^([+-]?)inf(?:inity)?$/.exec(word);
  if (infinity) return infinity[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return undefined;
}

const truths = new Set(["true", "t", "yes", "y", "1"]);
const lies = new Set(["false", "f", "no", "n", "0"]);

/** A boolean from a boolean, 0, 1 or one of the usual words; undefined for anything else. */
export function toBoolean(value: unknown): boolean | undefined {
  if (typeof value === "boolean") return value;
  if (value === 1 || value === 1n) return true;
  if (value === 0 || value === 0n) return false;
  if (typeof value !== "string") return undefined;
  const word = value.trim().toLowerCase();
  return truths.has(word) ? true : lies.has(word) ? false : undefined;
}

/** Milliseconds since the epoch from a `Date`, milliseconds or an ISO 8601 text (UTC without a zone). */
export function toTime(value: unknown): number | undefined {
  if (value instanceof Date) return Number.isFinite(value.getTime()) ? value.getTime() : undefined;
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  if (typeof value !== "string") return undefined;
  const iso =
    /^\s*(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)\s*(Z|[+-]\d{2}:?\d{2})?)?\s*$/i;
  const match = iso.exec(value);
  if (match === null) return undefined;
  const [, day, clock = "00:00", zone = "Z"] = match;
  const offset = /^[+-]\d{4}$/.test(zone) ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone;
  const time = Date.parse(`${day}T${clock}${offset.toUpperCase()}`);
  return Number.isFinite(time) ? time : undefined;
}

function toText(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") {
    return String(value);
  }
  return value instanceof Date && Number.isFinite(value.getTime())
    ? value.toISOString()
    : undefined;
}

function toList(value: unknown, convert: boolean): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value;
  if (ArrayBuffer.isView(value) && !(value instanceof DataView) && !(value instanceof Uint8Array)) {
    return Array.from(value as unknown as ArrayLike<unknown>);
  }
  if (convert && typeof value === "string") return parseList(value);
  return placeOf(value);
}
