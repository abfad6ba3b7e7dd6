import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cell, columnOf, takeRows } from "../data/columns.ts";
import { tableFromRows } from "../data/from-rows.ts";
import { type LateCells, type LateCellsWriter, memoryLateCells } from "./late-cells.ts";
import { fileLateCells } from "./late-cells-file.ts";
import type { NumberedBatch } from "./numbered-batches.ts";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "polytask-late-cells-"));
});
afterAll(() => rmSync(dir, { recursive: true }));

const table = {
  ...tableFromRows(
    [
      { photo: "a.png", sound: Uint8Array.of(1, 2, 3), other: 1 },
      { photo: null, sound: Uint8Array.of(), other: 2 },
      { photo: "ü b.png", sound: null, other: 3 },
      { photo: "a.png", sound: Uint8Array.of(255, 0), other: 4 },
    ],
    { types: { photo: "string", sound: "bytes" } },
  ),
  baseDir: "/pictures",
  origin: "rows",
};

/** Rows 0 and 2 of the table as 10 and 12, then all of them as 20 to 23. */
function written(writer: LateCellsWriter): LateCells {
  const some: NumberedBatch = {
    table: takeRows(table, [0, 2]),
    first: 10,
    numberOf: (row) => 10 + 2 * row,
  };
  writer.append(some);
  writer.append({ table, first: 20, numberOf: (row) => 20 + row });
  return writer.finish();
}

const names = ["photo", "sound"];
const writers = {
  memory: () => memoryLateCells(names),
  file: () => fileLateCells(names, join(dir, "rows.cells")),
};

describe.each(Object.keys(writers) as (keyof typeof writers)[])("cells kept in %s", (where) => {
  it("come back by place, with their numbers and where paths start", () => {
    const cells = written(writers[where]());
    const batches = cells.read(Int32Array.of(5, 1, 2, 3, 0));
    expect(batches.map(({ places }) => [...places])).toEqual([
      [5, 2, 3],
      [1, 0],
    ]);
    const found = batches.map(({ batch }) => ({
      rows: batch.table.rows,
      baseDir: batch.table.baseDir,
      columns: [...batch.table.columns.keys()],
      first: batch.first,
      cells: Array.from({ length: batch.table.rows }, (_, row) => [
        batch.numberOf(row),
        cell(columnOf(batch.table, "photo"), row),
        cell(columnOf(batch.table, "sound"), row) &&
          Array.from(cell(columnOf(batch.table, "sound"), row) as Uint8Array),
      ]),
    }));
    const common = { baseDir: "/pictures", columns: names };
    expect(found).toEqual([
      {
        ...common,
        rows: 3,
        first: 23,
        cells: [
          [23, "a.png", [255, 0]],
          [20, "a.png", [1, 2, 3]],
          [21, null, []],
        ],
      },
      {
        ...common,
        rows: 2,
        first: 12,
        cells: [
          [12, "ü b.png", null],
          [10, "a.png", [1, 2, 3]],
        ],
      },
    ]);
    cells.close();
  });
});

it("a file of cells goes when it is closed or given up", () => {
  const path = join(dir, "gone.cells");
  const cells = written(fileLateCells(names, path));
  expect(existsSync(path)).toBe(true);
  cells.close();
  expect(existsSync(path)).toBe(false);
  fileLateCells(names, path).discard();
  expect(existsSync(path)).toBe(false);
});

it("a file that cannot be made is told by its path", () => {
  const path = join(dir, "none", "rows.cells");
  expect(() => fileLateCells(names, path)).toThrow(/rows\.cells: a file for cells; ENOENT/);
});
