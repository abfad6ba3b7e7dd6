/** Kept cells in a file, for tables larger than memory. */
import { closeSync, openSync, rmSync } from "node:fs";
import { type Column, columnOf, type Storage, type Table } from "../data/columns.ts";
import { guardFile, readAll, writeAll } from "../data/whole-io.ts";
import { groupedByStart, type LateCellsWriter } from "./late-cells.ts";

/** Before the cells of a row: its number in the whole table. */
const numberBytes = 8;
/** Before a cell: how many bytes it has, or `noCell`. */
const lengthBytes = 4;
const noCell = 0xffffffff;

/** What is held of a batch. */
interface Batch {
  readonly first: number;
  readonly table: Omit<Table, "columns" | "rows">;
  readonly storages: readonly Storage[];
}

/**
 * Keeps cells that are texts or bytes; of a row no more than its position is held. The file goes when it is
 * closed.
 * @throws BackendError IO where the file cannot be written or read.
 */
export function fileLateCells(names: readonly string[], path: string): LateCellsWriter {
  const guard = <T>(work: () => T) => guardFile(path, "cells", work);
  const file = guard(() => openSync(path, "w+"));
  const batches: Batch[] = [];
  /** Where each row starts, and the end of the last. */
  let starts = new Float64Array(1024);
  let rows = 0;
  const close = () => {
    closeSync(file);
    rmSync(path, { force: true });
  };
  return {
    append({ table, numberOf }) {
      const columns = names.map((name) => columnOf(table, name));
      const { baseDir, origin } = table;
      const storages = columns.map((column) => column.storage);
      batches.push({ first: rows, table: { baseDir, origin }, storages });
      if (rows + table.rows >= starts.length) {
        const grown = new Float64Array(2 * (rows + table.rows));
        grown.set(starts);
        starts = grown;
      }
      for (let row = 0; row < table.rows; row++, rows++) {
        const record = packed(
          numberOf(row),
          columns.map((column) => bytesAt(column, row)),
        );
        starts[rows + 1] = starts[rows] + guard(() => writeAll(file, record, starts[rows]));
      }
    },
    finish() {
      starts = starts.slice(0, rows + 1);
      return {
        read: (places) =>
          [...groupedByStart(batches, places)].map(([{ table, storages }, own]) => {
            const records = Array.from(own, (place) => {
              const record = Buffer.alloc(starts[place + 1] - starts[place]);
              guard(() => readAll(path, file, record, starts[place]));
              return unpacked(record, names.length);
            });
            const columns = names.map((name, k) => {
              const cells = records.map((record) => record.cells[k]);
              return [name, columnOfBytes(name, storages[k], cells)] as const;
            });
            const numberOf = (row: number) => records[row].number;
            const whole = { ...table, columns: new Map(columns), rows: own.length };
            return { places: own, batch: { table: whole, first: numberOf(0), numberOf } };
          }),
        close,
      };
    },
    discard: close,
  };
}

/** A cell's bytes; null where it is missing or neither text nor bytes. */
function bytesAt(column: Column, row: number): Uint8Array | null {
  if (column.storage === "bytes") return column.values[row];
  if (column.storage !== "string" || column.codes[row] < 0) return null;
  return Buffer.from(column.dictionary[column.codes[row]]);
}

function columnOfBytes(
  name: string,
  storage: Storage,
  cells: readonly (Uint8Array | null)[],
): Column {
  const { length } = cells;
  if (storage === "bytes") return { storage, name, length, values: cells };
  const codes = Int32Array.from(cells, (cell, row) => (cell ? row : -1));
  const dictionary = cells.map((cell) => Buffer.from(cell ?? []).toString());
  return { storage: "string", name, length, codes, dictionary };
}

function packed(number: number, cells: readonly (Uint8Array | null)[]): Buffer {
  const length = cells.reduce((sum, cell) => sum + lengthBytes + (cell?.length ?? 0), numberBytes);
  const record = Buffer.alloc(length);
  let at = record.writeDoubleLE(number, 0);
  for (const cell of cells) {
    at = record.writeUInt32LE(cell ? cell.length : noCell, at);
    if (cell) record.set(cell, at);
    at += cell?.length ?? 0;
  }
  return record;
}

function unpacked(record: Buffer, count: number) {
  const cells: (Uint8Array | null)[] = [];
  for (let at = numberBytes; cells.length < count; ) {
    const length = record.readUInt32LE(at);
    at += lengthBytes;
    cells.push(length === noCell ? null : record.subarray(at, at + length));
    if (length !== noCell) at += length;
  }
  return { number: record.readDoubleLE(0), cells };
}
