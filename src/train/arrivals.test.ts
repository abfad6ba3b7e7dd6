import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cell, columnOf } from "../data/columns.ts";
import { tableFromRows } from "../data/from-rows.ts";
import { fileRowWriter } from "../data/row-file.ts";
import {
  allocateBatch,
  memoryRowWriter,
  type RowArray,
  type RowLayout,
  type RowStore,
  type RowStoreWriter,
  selectEntries,
} from "../data/rows.ts";
import { Arrivals, type EncodeLate } from "./arrivals.ts";
import { memoryLateCells } from "./late-cells.ts";
import { subsetStore } from "./subset.ts";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "polytask-arrivals-"));
});
afterAll(() => rmSync(dir, { recursive: true }));

const layout: RowLayout = [
  { name: "size.value", dtype: "float32", width: 1 },
  { name: "photo.pixels", dtype: "uint8", width: 3 },
  { name: "photo.present", dtype: "float32", width: 1 },
  { name: "kind.label", dtype: "float32", width: 1 },
  { name: "sound.frames", dtype: "float32", width: 40 },
];
const late = [layout[1], layout[2], layout[4]];
const rows = 300;

/** A store of rows whose late entries are still 0. */
function filled(writer: RowStoreWriter) {
  const arrays = allocateBatch(layout, rows);
  for (let row = 0; row < rows; row++) [arrays[0][row], arrays[3][row]] = [row, -row];
  writer.append(rows, arrays);
  return writer.finish();
}

function cellsOfRows() {
  const writer = memoryLateCells(["photo"]);
  const table = tableFromRows(Array.from({ length: rows }, (_, i) => ({ photo: `${i}` })));
  writer.append({ table, first: 0, numberOf: (row) => row });
  return writer.finish();
}

/** Numbers that follow from the cell alone. */
const encode: EncodeLate = async ({ table }, [pixels, present, frames]) => {
  await setImmediate();
  const column = columnOf(table, "photo");
  for (let i = 0; i < table.rows; i++) {
    const row = Number(cell(column, i));
    pixels.set([row & 255, row >> 8, 7], 3 * i);
    present[i] = 1;
    frames.fill(row / 2, 40 * i, 40 * (i + 1));
  }
};

const all = Int32Array.from({ length: rows }, (_, i) => i);

function contents(store: RowStore): RowArray[] {
  const arrays = allocateBatch(store.layout, rows);
  store.gather(all, 0, rows, arrays);
  return arrays;
}

const expected = (() => {
  const [size, pixels, present, label, frames] = allocateBatch(layout, rows);
  for (let row = 0; row < rows; row++) {
    [size[row], present[row], label[row]] = [row, 1, -row];
    pixels.set([row & 255, row >> 8, 7], 3 * row);
    frames.fill(row / 2, 40 * row, 40 * (row + 1));
  }
  return [size, pixels, present, label, frames];
})();

const writers = {
  memory: () => memoryRowWriter(layout),
  file: () => fileRowWriter(layout, join(dir, `${Math.random()}.rows`)),
};

describe.each(Object.keys(writers) as (keyof typeof writers)[])("rows arriving in %s", (where) => {
  it("are the same in whichever order they are made", async () => {
    for (const order of [all, all.toReversed(), Int32Array.of(299, 3, 3, 150)]) {
      const arrivals = new Arrivals(late, encode);
      const store = arrivals.add(filled(writers[where]()), cellsOfRows());
      store.arrival?.expect(order);
      arrivals.start();
      await store.arrival?.ready(order, 0, 2);
      await store.arrival?.ready();
      expect(contents(store)).toEqual(expected);
      store.close();
    }
  });

  it("may be read where none of the entries arrive", () => {
    const store = new Arrivals(late, encode).add(filled(writers[where]()), cellsOfRows());
    const labels = selectEntries(store, [{ from: "kind.label", to: "y" }]);
    expect(labels.arrival).toBeUndefined();
    expect(contents(labels)).toEqual([expected[3]]);
    store.close();
  });
});

/** Arrivals that note which rows they make, in order. */
function noting(made: number[], fails?: number) {
  return new Arrivals(late, async (batch, arrays) => {
    for (let i = 0; i < batch.table.rows; i++) {
      made.push(batch.numberOf(i));
      if (batch.numberOf(i) === fails) throw new Error(`row ${fails}`);
    }
    await encode(batch, arrays);
  });
}

it("what is asked for comes before what is expected, and that before the rest", async () => {
  const made: number[] = [];
  const arrivals = noting(made);
  const [first, second] = [1, 2].map(() =>
    arrivals.add(filled(memoryRowWriter(layout)), cellsOfRows()),
  );
  first.arrival?.expect(all.toReversed());
  arrivals.start();
  await first.arrival?.ready(Int32Array.of(299, 298), 0, 2);
  expect(made.slice(0, 3)).toEqual([299, 298, 297]);
  const before = made.length;
  await second.arrival?.ready([5, 6, 290], 2, 1);
  const next = made.indexOf(290, before);
  expect(next).toBeGreaterThanOrEqual(before);
  expect(next).toBeLessThan(before + 16);
  // The other part's rows were far from done.
  expect(made.length).toBeLessThan(rows);
  await second.arrival?.ready();
  expect(made.toSorted((a, b) => a - b)).toEqual([...all].flatMap((row) => [row, row]));
  first.close();
});

it("rows that have not arrived are not given", async () => {
  const arrivals = new Arrivals(late, encode);
  const store = arrivals.add(filled(memoryRowWriter(layout)), cellsOfRows());
  expect(() => contents(store)).toThrow("rows: one that has arrived; row 0 has not");
  const renamed = selectEntries(store, [{ from: "photo.present", to: "there" }]);
  expect(() => contents(renamed)).toThrow("row 0 has not");
  arrivals.start();
  const some = subsetStore(store, Int32Array.of(9, 8));
  await some.arrival?.ready();
  const [pixels] = allocateBatch([layout[1]], 2);
  selectEntries(some, [{ from: "photo.pixels", to: "p" }]).gather([0, 1], 0, 2, [pixels]);
  expect([...pixels]).toEqual([9, 0, 7, 8, 0, 7]);
  await renamed.arrival?.ready();
  expect(contents(renamed)).toEqual([expected[2]]);
  store.close();
});

it("what goes wrong is told to all who wait, and ends the work", async () => {
  const made: number[] = [];
  const arrivals = noting(made, 100);
  const store = arrivals.add(filled(memoryRowWriter(layout)), cellsOfRows());
  arrivals.start();
  const waits = [store.arrival?.ready(), store.arrival?.ready([250], 0, 1)];
  for (const wait of await Promise.allSettled(waits))
    expect(wait).toMatchObject({ status: "rejected", reason: { message: "row 100" } });
  const count = made.length;
  for (let turn = 0; turn < 20; turn++) await setImmediate();
  expect(made.length).toBe(count);
  // Rows that are there do not hide it.
  await expect(store.arrival?.ready([0], 0, 1)).rejects.toThrow("row 100");
  store.close();
});

it("closing ends the work, and nobody waits for ever", async () => {
  const made: number[] = [];
  const arrivals = noting(made);
  const store = arrivals.add(
    filled(fileRowWriter(layout, join(dir, "closed.rows"))),
    cellsOfRows(),
  );
  arrivals.start();
  const wait = store.arrival?.ready();
  await setImmediate();
  store.close();
  store.close();
  await expect(wait).rejects.toThrow("it was closed");
  const count = made.length;
  for (let turn = 0; turn < 20; turn++) await setImmediate();
  expect(made.length).toBe(count);
});

it("no rows are there at once", async () => {
  const writer = memoryRowWriter(layout);
  const arrivals = new Arrivals(late, encode);
  const store = arrivals.add(writer.finish(), memoryLateCells(["photo"]).finish());
  arrivals.start();
  await store.arrival?.ready();
  expect(store.rows).toBe(0);
  store.close();
});
