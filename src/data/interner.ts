import type { DuckDBVector } from "@duckdb/node-api";
import { ByteInterner, hashBytes } from "./byte-interner.ts";
import { type LongStrings, readLong } from "./long-strings.ts";

/**
 * Gives every distinct string a code in order of first use. Strings of up to 12 bytes lie inside the
 * engine's 16-byte string slots and are compared as four words, longer ones as bytes; each is decoded
 * once.
 */
export class StringInterner {
  readonly dictionary: string[] = [];
  private readonly long = new ByteInterner(this.dictionary);
  /** Open addressing: code + 1 of the entry in a slot, 0 for none. */
  private slots = new Int32Array(1 << 10);
  /** Four words for each short entry, and its code. */
  private keys = new Int32Array(4 << 9);
  private codes = new Int32Array(1 << 9);
  private entries = 0;
  private room: LongStrings & { readonly hashes: Int32Array } = longRoom(0);

  /** Codes of the rows `from … to` of a VARCHAR vector; a clear bit in `bits` is a missing cell. */
  encode(
    vector: DuckDBVector,
    bits: Uint8Array | null,
    from: number,
    to: number,
    out: Int32Array,
    at: number,
  ): void {
    const { dataView } = vector as unknown as { dataView: DataView };
    const words = new Int32Array(dataView.buffer, dataView.byteOffset, dataView.byteLength >> 2);
    const present = (row: number) => bits === null || ((bits[row >> 3] >> (row & 7)) & 1) === 1;
    const firstOut = at - from;
    // Codes are given in the order of rows, so short strings before a long one take their turn first.
    let next = from;
    const shortUntil = (end: number) => {
      for (; next < end; next++) {
        const w = next * 4;
        out[firstOut + next] = present(next)
          ? this.shortCode(words[w], words[w + 1], words[w + 2], words[w + 3])
          : -1;
      }
    };
    if (this.room.rows.length < to - from) this.room = longRoom(to - from);
    const { rows, starts, lengths, hashes } = this.room;
    let count = 0;
    for (let row = from; row < to; row++) {
      if (words[row * 4] > 12 && present(row)) rows[count++] = row;
    }
    for (const { bytes, first, end } of readLong(words, this.room, count)) {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      for (let k = first; k < end; k++) hashes[k] = hashBytes(view, starts[k], lengths[k]);
      this.long.warm(hashes, first, end);
      for (let k = first; k < end; k++) {
        shortUntil(rows[k]);
        out[firstOut + next++] = this.long.code(hashes[k], bytes, view, starts[k], lengths[k]);
      }
    }
    shortUntil(to);
  }

  private shortCode(length: number, a: number, b: number, c: number): number {
    const mask = this.slots.length - 1;
    let slot = hash(length, a, b, c) & mask;
    for (;;) {
      const entry = this.slots[slot] - 1;
      if (entry < 0) break;
      const k = entry * 4;
      const { keys } = this;
      if (keys[k] === length && keys[k + 1] === a && keys[k + 2] === b && keys[k + 3] === c) {
        return this.codes[entry];
      }
      slot = (slot + 1) & mask;
    }
    return this.addShort(slot, length, a, b, c);
  }

  private addShort(slot: number, length: number, a: number, b: number, c: number): number {
    const entry = this.entries++;
    this.slots[slot] = entry + 1;
    this.keys.set([length, a, b, c], entry * 4);
    const bytes = new Uint8Array(new Int32Array([a, b, c]).buffer, 0, length);
    const code = this.dictionary.push(decoder.decode(bytes)) - 1;
    this.codes[entry] = code;
    if (this.entries * 2 >= this.slots.length) this.grow();
    return code;
  }

  private grow(): void {
    const { keys, codes, entries } = this;
    const size = this.slots.length * 2;
    this.slots = new Int32Array(size);
    this.keys = new Int32Array(size * 2);
    this.codes = new Int32Array(size / 2);
    this.keys.set(keys);
    this.codes.set(codes);
    for (let entry = 0; entry < entries; entry++) {
      const k = entry * 4;
      let slot = hash(keys[k], keys[k + 1], keys[k + 2], keys[k + 3]) & (size - 1);
      while (this.slots[slot] !== 0) slot = (slot + 1) & (size - 1);
      this.slots[slot] = entry + 1;
    }
  }
}

function longRoom(count: number): LongStrings & { readonly hashes: Int32Array } {
  const [rows, starts, lengths, hashes] = [0, 1, 2, 3].map(() => new Int32Array(count));
  return { rows, starts, lengths, hashes };
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

function hash(length: number, a: number, b: number, c: number): number {
  let h = Math.imul(a ^ Math.imul(b, 0x85ebca6b), 0xcc9e2d51) ^ Math.imul(c + length, 0x1b873593);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  return h ^ (h >>> 13);
}
