import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { VectorCache, vectorKey } from "./vector-cache.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "vectors-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const [a, b, c] = ["a", "b", "c"].map((cell) => vectorKey(cell));

function read(cache: VectorCache, key: string): number[] {
  const out = new Float32Array(2);
  cache.copy(key, out);
  return [...out];
}

test("vectors are found by key, by whoever opens the folder later", () => {
  const cache = new VectorCache(folder, 2);
  cache.add([a, b], Float32Array.of(1, 2, 3, 4));
  expect([a, b, c].map((key) => cache.has(key))).toEqual([true, true, false]);
  const other = new VectorCache(folder, 2);
  other.add([c], Float32Array.of(5, 6));
  cache.refresh();
  expect(read(cache, c)).toEqual([5, 6]);
  expect(read(other, b)).toEqual([3, 4]);
  for (const one of [cache, other]) one.close();
});

test("keys tell parts from their concatenation", () => {
  expect(vectorKey("ab", "c")).not.toBe(vectorKey("a", "bc"));
});

test.each<[string, (file: string) => void]>([
  ["cut short", (file) => truncateSync(file, readFileSync(file).length - 1)],
  ["empty", (file) => truncateSync(file, 0)],
  ["another kind", (file) => writeFileSync(file, "vectors")],
  [
    "changed by a bit",
    (file) => {
      const bytes = readFileSync(file);
      bytes[bytes.length - 36] ^= 1;
      writeFileSync(file, bytes);
    },
  ],
])("a file that is %s is left out, and its vectors can be added again", (_, damage) => {
  const cache = new VectorCache(folder, 2);
  cache.add([a], Float32Array.of(1, 2));
  cache.add([b], Float32Array.of(3, 4));
  cache.close();
  const [file] = readdirSync(folder).sort();
  damage(join(folder, file));
  const again = new VectorCache(folder, 2);
  const left = [a, b].filter((key) => again.has(key));
  expect(left.length).toBe(1);
  again.add([a, b], Float32Array.of(1, 2, 3, 4));
  expect([read(again, a), read(again, b)]).toEqual([
    [1, 2],
    [3, 4],
  ]);
  again.close();
});

test("vectors of another length are not taken for these", () => {
  new VectorCache(folder, 2).add([a], Float32Array.of(1, 2));
  expect(new VectorCache(folder, 3).has(a)).toBe(false);
});
