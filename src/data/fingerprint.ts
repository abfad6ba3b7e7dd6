import { createHash, type Hash } from "node:crypto";
import { open } from "node:fs/promises";
import { type Column, cell, type Table } from "./columns.ts";
import type { DataFile } from "./files.ts";

/** SHA-256, in hex, over the bytes of the files in order: of one file what `sha256sum` prints, of several over their digests. */
export async function fingerprintFiles(files: readonly DataFile[]): Promise<string> {
  const whole = createHash("sha256");
  const buffer = Buffer.allocUnsafe(1 << 18);
  for (const file of files) {
    const one = createHash("sha256");
    const handle = await open(file.path);
    try {
      for (;;) {
        // One buffer for the whole file: a stream leaves one behind for every piece.
        const { bytesRead } = await handle.read(buffer, 0, buffer.length);
        if (bytesRead === 0) break;
        one.update(buffer.subarray(0, bytesRead));
      }
    } finally {
      await handle.close();
    }
    if (files.length === 1) return one.digest("hex");
    whole.update(one.digest());
  }
  return whole.digest("hex");
}

/** SHA-256, in hex, over column names, storages and cells; how strings are coded does not matter. */
export function fingerprintTable(table: Table): string {
  const hash = createHash("sha256");
  hash.update(`${table.rows}`);
  for (const column of table.columns.values()) {
    hash.update(`\n${JSON.stringify(column.name)} ${column.storage}\n`);
    hashCells(hash, column);
  }
  return hash.digest("hex");
}

function hashCells(hash: Hash, column: Column): void {
  switch (column.storage) {
    case "number":
    case "datetime":
    case "boolean":
      hash.update(column.valid);
      hash.update(
        new Uint8Array(column.values.buffer, column.values.byteOffset, column.values.byteLength),
      );
      return;
    case "string":
    case "list":
      for (let row = 0; row < column.length; row++)
        hash.update(`${JSON.stringify(cell(column, row))}\n`);
      return;
    case "bytes":
      for (const value of column.values) {
        hash.update(`${value === null ? "-" : value.length}\n`);
        if (value !== null) hash.update(value);
      }
  }
}
