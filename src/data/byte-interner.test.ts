import { describe, expect, test } from "vitest";
import { Random } from "../core/random.ts";
import { ByteInterner, hashBytes } from "./byte-interner.ts";

/** Strings of 4 to 400 bytes, some of them many times, many with equal starts or ends. */
function someStrings(count: number): string[] {
  const random = Random.from(7, "strings");
  const words = ["alpha", "beta", "中文", "ключ", "🙂", "0000", "x".repeat(250)];
  return Array.from({ length: count }, (_, k) => {
    const word = words[random.integer(words.length)];
    const number = String(random.integer(3000)).padStart(4, "0");
    return k % 2 === 0 ? `${word} ${number}` : `${number}${word}${k % 5 === 0 ? "tail" : ""}`;
  });
}

function codesOf(strings: readonly string[], hash: typeof hashBytes): [number[], string[]] {
  const bytes = Buffer.from(strings.join(""));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const lengths = Int32Array.from(strings, (text) => Buffer.byteLength(text));
  const starts = new Int32Array(strings.length);
  for (let k = 1; k < starts.length; k++) starts[k] = starts[k - 1] + lengths[k - 1];
  const hashes = lengths.map((length, k) => hash(view, starts[k], length));
  const dictionary: string[] = [];
  const interner = new ByteInterner(dictionary);
  const codes: number[] = [];
  for (let k = 0; k < starts.length; k++) {
    if (k % 64 === 0) interner.warm(hashes, k, Math.min(k + 64, starts.length));
    codes.push(interner.code(hashes[k], bytes, view, starts[k], lengths[k]));
  }
  return [codes, dictionary];
}

function reference(strings: readonly string[]): [number[], string[]] {
  const known = new Map<string, number>();
  const codes = strings.map((text) => {
    const code = known.get(text) ?? known.size;
    known.set(text, code);
    return code;
  });
  return [codes, [...known.keys()]];
}

describe("codes of strings", () => {
  test("are those of a map, in order of first use", () => {
    const strings = someStrings(20_000);
    expect(codesOf(strings, hashBytes)).toEqual(reference(strings));
  });

  test("stay apart where all hashes are equal", () => {
    const strings = someStrings(600);
    expect(codesOf(strings, () => 42)).toEqual(reference(strings));
  });

  test("hashes depend on every byte", () => {
    const text = Buffer.from("a note of thirty-one bytes, done");
    const seen = new Set<number>();
    for (let length = 4; length <= text.length; length++) {
      for (let at = 0; at < length; at++) {
        const changed = Buffer.from(text.subarray(0, length));
        changed[at] ^= 1;
        seen.add(hashBytes(new DataView(changed.buffer, changed.byteOffset, length), 0, length));
      }
    }
    const changes = (text.length * (text.length + 1)) / 2 - 6;
    expect(seen.size).toBe(changes);
  });
});
