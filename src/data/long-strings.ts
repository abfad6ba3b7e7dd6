import { DuckDBBlobVector } from "@duckdb/node-api";

/** Bytes of a memory page on every platform the engine runs on, or a part of one. */
const pageBytes = 4096;
/** Longest run copied at once. */
const runBytes = 1 << 24;

type BlobArguments = ConstructorParameters<typeof DuckDBBlobVector>;

/** Which rows to read, and room for what is said of them. */
export interface LongStrings {
  readonly rows: Int32Array;
  /** Where each string starts in the bytes of its run. */
  readonly starts: Int32Array;
  /** Its bytes. */
  readonly lengths: Int32Array;
}

/** The bytes of the strings `first … end` of those asked for. */
export interface LongRun {
  readonly bytes: Buffer;
  readonly first: number;
  readonly end: number;
}

/**
 * Copies strings out that lie outside the engine's 16-byte string slots (length, prefix, pointer), in
 * the order of `rows`. One call into the engine a string costs more than all else, so strings that lie
 * one behind the other in memory, as those of a CSV buffer or a Parquet page do, are copied together.
 * The bytes between two of them are copied too: less than a page apart, they lie on the pages of the
 * two, so they can be read.
 */
export function* readLong(
  slots: Int32Array,
  { rows, starts, lengths }: LongStrings,
  count: number,
): Generator<LongRun> {
  const slot = new DataView(new ArrayBuffer(16));
  const present = { itemValid: () => true } as unknown as BlobArguments[1];
  const blob = new DuckDBBlobVector(slot, present, undefined as unknown as BlobArguments[2], 0, 1);
  for (let first = 0; first < count; ) {
    const base = pointer(slots, rows[first]);
    // The run covers the bytes `low … high` from the first string's start, and grows at either end.
    let low = 0;
    let high = 0;
    let end = first;
    for (; end < count && high - low < runBytes; end++) {
      const start = pointer(slots, rows[end]) - base;
      const length = slots[rows[end] * 4];
      if (start >= high && start - high < pageBytes) high = start + length;
      else if (start + length <= low && low - start - length < pageBytes) low = start;
      else break;
      starts[end] = start;
      lengths[end] = length;
    }
    for (let k = first; k < end; k++) starts[k] -= low;
    slot.setUint32(0, high - low, true);
    slot.setBigUint64(8, BigInt(base + low), true);
    const copy = blob.getItemBytes(0) as Uint8Array;
    const bytes = Buffer.from(copy.buffer, copy.byteOffset, copy.byteLength);
    yield { bytes, first, end };
    first = end;
  }
}

/** Where a string lies: user-space addresses have at most 48 bits, so a number holds them exactly. */
function pointer(slots: Int32Array, row: number): number {
  return (slots[row * 4 + 3] >>> 0) * 4294967296 + (slots[row * 4 + 2] >>> 0);
}
