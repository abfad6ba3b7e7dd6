import { DuckDBListValue, type DuckDBVector } from "@duckdb/node-api";
import { DataError, show } from "../core/errors.ts";
import type { Column } from "./columns.ts";
import { StringInterner } from "./interner.ts";
import type { RelationColumn } from "./relation.ts";

/** Gathers one column from the engine's vectors. */
export interface Collector {
  /** Copies the rows `from … to` of a vector behind the cells already there. */
  append(vector: DuckDBVector, from: number, to: number): void;
  finish(): Column;
}

export interface CollectOptions {
  readonly origin: string;
  readonly infinite: "error" | "missing";
  /** Data rows before this collector's first, for messages. */
  readonly firstRow: number;
}

/** What the engine's vectors hold, as views of its memory valid until the next chunk is fetched. */
interface RawVector {
  readonly items: Float64Array | Uint8Array;
  readonly validity: { readonly data: BigUint64Array | null };
}

/** The validity bits, least significant first; null where every cell is present. */
function validBits(vector: DuckDBVector): Uint8Array | null {
  const { data } = (vector as unknown as RawVector).validity;
  return data === null ? null : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** A collector for a column, with room for `capacity` cells. */
export function collect(
  column: RelationColumn,
  capacity: number,
  options: CollectOptions,
): Collector {
  switch (column.storage) {
    case "number":
      return collectNumbers(column.name, capacity, options);
    case "datetime":
    case "boolean":
      return collectFixed(column.name, column.storage, capacity);
    case "string":
      return collectStrings(column.name, capacity);
    case "bytes":
    case "list":
      return collectObjects(column, options);
  }
}

function collectNumbers(name: string, capacity: number, options: CollectOptions): Collector {
  const values = new Float64Array(capacity);
  const valid = new Uint8Array(capacity);
  let length = 0;
  let nanCount = 0;
  let infiniteCount = 0;
  return {
    append(vector, from, to) {
      const bits = validBits(vector);
      values.set((vector as unknown as RawVector).items.subarray(from, to), length);
      for (let row = from; row < to; row++, length++) {
        if (bits !== null && ((bits[row >> 3] >> (row & 7)) & 1) === 0) {
          values[length] = 0;
          continue;
        }
        const value = values[length];
        if (value - value === 0) {
          valid[length] = 1;
          continue;
        }
        if (Number.isNaN(value)) nanCount++;
        else if (options.infinite === "missing") infiniteCount++;
        else throw infiniteCell(name, value, options.firstRow + length + 1, options.origin);
        values[length] = 0;
      }
    },
    finish: () => ({
      storage: "number",
      name,
      length,
      values: trim(values, length),
      valid: trim(valid, length),
      nanCount,
      infiniteCount,
    }),
  };
}

function infiniteCell(name: string, value: number, row: number, origin: string): DataError {
  return new DataError(
    "DATA_VALUE",
    `${origin}, data row ${row}, column ${show(name)}: a finite number; got ${value}`,
    {
      hint: 'correct the cell, or read it as missing with infinite: "missing"',
      details: { column: name, row },
    },
  );
}

function trim<A extends Float64Array | Uint8Array | Int32Array>(array: A, length: number): A {
  return (array.length === length ? array : array.slice(0, length)) as A;
}

function collectFixed(name: string, storage: "datetime" | "boolean", capacity: number): Collector {
  const values = storage === "datetime" ? new Float64Array(capacity) : new Uint8Array(capacity);
  const valid = new Uint8Array(capacity);
  let length = 0;
  return {
    append(vector, from, to) {
      const bits = validBits(vector);
      values.set((vector as unknown as RawVector).items.subarray(from, to), length);
      for (let row = from; row < to; row++, length++) {
        if (bits === null || ((bits[row >> 3] >> (row & 7)) & 1) === 1) valid[length] = 1;
        else values[length] = 0;
      }
    },
    finish() {
      const rest = { name, length, valid: trim(valid, length) };
      return values instanceof Float64Array
        ? { storage: "datetime", values: trim(values, length), ...rest }
        : { storage: "boolean", values: trim(values, length), ...rest };
    },
  };
}

function collectStrings(name: string, capacity: number): Collector {
  const codes = new Int32Array(capacity);
  const interner = new StringInterner();
  let length = 0;
  return {
    append(vector, from, to) {
      interner.encode(vector, validBits(vector), from, to, codes, length);
      length += to - from;
    },
    finish: () => ({
      storage: "string",
      name,
      length,
      codes: trim(codes, length),
      dictionary: interner.dictionary,
    }),
  };
}

function collectObjects(column: RelationColumn, options: CollectOptions): Collector {
  const { name } = column;
  const bytes: (Uint8Array | null)[] = [];
  const lists: (readonly unknown[] | null)[] = [];
  return {
    append(vector, from, to) {
      for (let row = from; row < to; row++) {
        const item = vector.getItem(row);
        if (column.storage === "bytes") {
          // The blob's bytes are a copy of the engine's memory, so they outlive the chunk.
          bytes.push(item === null ? null : (item as { bytes: Uint8Array }).bytes);
        } else if (item === null) lists.push(null);
        else if (column.json === "cell") {
          lists.push(parseCell(String(item), column, options, lists.length));
        } else lists.push(plainList(item as DuckDBListValue, column.json === "element"));
      }
    },
    finish: () =>
      column.storage === "bytes"
        ? { storage: "bytes", name, length: bytes.length, values: bytes }
        : { storage: "list", name, length: lists.length, values: lists },
  };
}

function plainList(list: DuckDBListValue, json: boolean): unknown[] {
  return list.items.map((item) => {
    if (item instanceof DuckDBListValue) return plainList(item, json);
    return json && typeof item === "string" ? JSON.parse(item) : item;
  });
}

function parseCell(
  text: string,
  column: RelationColumn,
  options: CollectOptions,
  at: number,
): unknown[] {
  try {
    return JSON.parse(text) as unknown[];
  } catch (cause) {
    const row = options.firstRow + at + 1;
    throw new DataError(
      "DATA_VALUE",
      `${options.origin}, data row ${row}, column ${show(column.name)}: a list such as [1, 2]; got ${show(text)}`,
      { details: { column: column.name, row }, cause },
    );
  }
}
