import { DuckDBBlobVector } from "@duckdb/node-api";

/** Bytes of a memory page on every platform the engine runs on, or a part of one. */
const pageBytes = 4096;
/** Longest run copied at once. */
const runBytes = 1 << 24;

type BlobArguments = ConstructorParameters<typeof DuckDBBlobVector>;

/**
 * Decodes strings that lie outside the engine's 16-byte string slots (length, prefix, pointer), in the
 * order of `rows`. One call into the engine a string costs more than all else, so strings that lie one
 * behind the other in memory, as those of a CSV buffer or a Parquet page do, are copied out together.
 * The bytes between two of them are copied too: less than a page apart, they lie on the pages of the
 * two, so they can be read; they are never decoded.
 */
export function decodeLong(slots: DataView, rows: readonly number[]): string[] {
  const texts: string[] = [];
  const slot = new DataView(new ArrayBuffer(16));
  const present = { itemValid: () => true } as unknown as BlobArguments[1];
  const blob = new DuckDBBlobVector(slot, present, undefined as unknown as BlobArguments[2], 0, 1);
  const starts: number[] = [];
  for (let k = 0; k < rows.length; ) {
    const base = pointer(slots, rows[k]);
    starts.length = 0;
    // The run covers the bytes `low … high` from the first string's start, and grows at either end.
    let low = 0;
    let high = 0;
    for (let next = k; next < rows.length && high - low < runBytes; next++) {
      const start = pointer(slots, rows[next]) - base;
      const end = start + slots.getUint32(rows[next] * 16, true);
      if (start >= high && start - high < pageBytes) high = end;
      else if (end <= low && low - end < pageBytes) low = start;
      else break;
      starts.push(start);
    }
    slot.setUint32(0, high - low, true);
    slot.setBigUint64(8, BigInt(base + low), true);
    const copy = blob.getItemBytes(0) as Uint8Array;
    const bytes = Buffer.from(copy.buffer, copy.byteOffset, copy.byteLength);
    for (const start of starts) {
      const from = start - low;
      texts.push(bytes.toString("utf8", from, from + slots.getUint32(rows[k++] * 16, true)));
    }
  }
  return texts;
}

/** Where a string lies: user-space addresses have at most 48 bits, so a number holds them exactly. */
function pointer(slots: DataView, row: number): number {
  const at = row * 16 + 8;
  return slots.getUint32(at + 4, true) * 4294967296 + slots.getUint32(at, true);
}
