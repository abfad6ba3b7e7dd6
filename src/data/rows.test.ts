import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fileRowWriter, openRowFile } from "./row-file.ts";
import {
  allocateBatch,
  memoryRowStore,
  memoryRowWriter,
  type RowArray,
  type RowLayout,
} from "./rows.ts";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "polytask-rows-"));
});
afterAll(() => rmSync(dir, { recursive: true }));

const bytesOf = (array: RowArray) =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

const layouts = fc.array(
  fc.record({
    name: fc.constant("x"),
    dtype: fc.constantFrom("float32", "int32", "uint8") as fc.Arbitrary<
      "float32" | "int32" | "uint8"
    >,
    width: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 30, max: 300 })),
  }),
  { minLength: 1, maxLength: 4 },
);

test("memory and file stores hand out the same bits for any layout, parts and indexes", () => {
  const property = fc.property(
    layouts,
    fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }),
    fc.array(fc.nat(), { minLength: 1, maxLength: 60 }),
    fc.infiniteStream(fc.nat(0xffffffff)),
    (layout: RowLayout, parts, asked, words) => {
      const path = join(dir, "property.bin");
      const writers = [memoryRowWriter(layout, 3), fileRowWriter(layout, path)];
      const whole: number[][] = layout.map(() => []);
      for (const count of parts) {
        const arrays = allocateBatch(layout, count);
        arrays.forEach((array, k) => {
          const bytes = bytesOf(array);
          // Any bits at all, NaN payloads included.
          for (let i = 0; i < bytes.length; i++) bytes[i] = words.next().value;
          whole[k].push(...bytes);
        });
        for (const writer of writers) writer.append(count, arrays);
      }
      const rows = parts.reduce((a, b) => a + b, 0);
      const indexes = Int32Array.from(asked, (value) => value % rows);
      const stores = writers.map((writer) => writer.finish());
      const half = indexes.length >> 1;
      for (const [offset, count] of [
        [0, indexes.length],
        [half, indexes.length - half],
      ]) {
        const outputs = stores.map((store) => {
          const batch = allocateBatch(layout, count);
          store.gather(indexes, offset, count, batch);
          return batch;
        });
        layout.forEach((_, k) => {
          const [a, b] = outputs.map((batch) => bytesOf(batch[k]));
          expect(Buffer.compare(a, b)).toBe(0);
          const bytes = whole[k].length / rows;
          const expected = [...indexes.subarray(offset, offset + count)].flatMap((row) =>
            whole[k].slice(row * bytes, (row + 1) * bytes),
          );
          expect(Buffer.compare(a, Uint8Array.from(expected))).toBe(0);
        });
      }
      for (const store of stores) store.close();
    },
  );
  fc.assert(property, { numRuns: 40, seed: 1 });
});

test("a table of many blocks is read back from its file at any place", () => {
  const layout: RowLayout = [
    { name: "wide", dtype: "float32", width: 700 },
    { name: "id", dtype: "int32", width: 1 },
  ];
  const path = join(dir, "blocks.bin");
  const writer = fileRowWriter(layout, path);
  for (let start = 0; start < 6000; start += 2000) {
    const [wide, id] = allocateBatch(layout, 2000);
    for (let i = 0; i < 2000; i++) {
      id[i] = start + i;
      wide.fill(start + i, i * 700, (i + 1) * 700);
    }
    writer.append(2000, [wide, id]);
  }
  const store = writer.finish();
  expect(store.rows).toBe(6000);
  const indexes = Int32Array.from({ length: 6000 }, (_, i) => (i * 3541) % 6000);
  const outputs = allocateBatch(layout, 6000);
  store.gather(indexes, 0, 6000, outputs);
  expect(outputs[1]).toEqual(indexes);
  for (let i = 0; i < 6000; i += 97) {
    expect(outputs[0][i * 700]).toBe(indexes[i]);
    expect(outputs[0][i * 700 + 699]).toBe(indexes[i]);
  }
  store.close();
});

test("wrong arrays and indexes are errors that say what was expected", () => {
  const layout: RowLayout = [{ name: "age", dtype: "float32", width: 2 }];
  const store = memoryRowStore(layout, 3, [new Float32Array(6)]);
  expect(() => store.gather([0, 3], 0, 2, [new Float32Array(4)])).toThrow(
    "rows: an index from 0 to 2; got 3",
  );
  expect(() => store.gather([0, -1], 0, 2, [new Float32Array(4)])).toThrow("got -1");
  expect(() => store.gather([0, 1], 0, 2, [new Float32Array(3)])).toThrow(
    "rows, entry age: float32 of 2 × 2 elements; got Float32Array of 3",
  );
  expect(() => store.gather([0, 1], 0, 2, [new Int32Array(4)])).toThrow("got Int32Array of 4");
  expect(() => store.gather([0], 0, 1, [])).toThrow("rows: 1 arrays, one an entry; got 0");
});

test("a row file that is missing, cut off, foreign or of another layout is refused", () => {
  const layout: RowLayout = [{ name: "age", dtype: "int32", width: 1 }];
  const path = join(dir, "whole.bin");
  const writer = fileRowWriter(layout, path);
  writer.append(5, [Int32Array.of(1, 2, 3, 4, 5)]);
  writer.finish().close();
  expect(() => openRowFile([{ ...layout[0], width: 2 }], path)).toThrow(
    "its rows have another layout",
  );
  truncateSync(path, readFileSync(path).length - 3);
  expect(() => openRowFile(layout, path)).toThrow(
    /whole\.bin: a file of encoded rows; 5 rows take/,
  );
  writeFileSync(path, "something else, long enough to hold a header");
  expect(() => openRowFile(layout, path)).toThrow("it is another file or damaged");
  expect(() => openRowFile(layout, join(dir, "none.bin"))).toThrow(/none\.bin: .*ENOENT/);
  expect(() => fileRowWriter(layout, join(dir, "no", "where.bin"))).toThrow(/where\.bin: .*ENOENT/);
});
