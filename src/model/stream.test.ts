import { describe, expect, it } from "vitest";
import { cell, type Table } from "../data/columns.ts";
import { tableFromRows } from "../data/from-rows.ts";
import { tableSource } from "../data/source.ts";
import { joinStreams, memoryStream, readColumns, readRows, type TableStream } from "./stream.ts";

const table = tableFromRows(
  Array.from({ length: 23 }, (_, i) => ({ n: i, s: i % 4 ? `w${i % 5}` : null, z: i })),
);

/** The table in batches of a size. */
function batched(size: number): TableStream {
  const { rows, origin, baseDir } = table;
  return {
    rows,
    origin,
    baseDir,
    batches: (columns) => tableSource(table).batches({ columns, batchRows: size }),
  };
}

const values = (read: Table, name: string) => {
  const column = read.columns.get(name);
  return Array.from({ length: read.rows }, (_, row) => (column ? cell(column, row) : undefined));
};

describe("streams", () => {
  it.each([1, 5, 8, 23, 50])("read the same rows in batches of %i", async (size) => {
    const wanted = [0, 4, 5, 7, 8, 15, 22];
    const read = await readRows(batched(size), ["s", "n"], wanted);
    expect([...read.columns.keys()]).toEqual(["s", "n"]);
    expect(values(read, "n")).toEqual(wanted);
    expect(values(read, "s")).toEqual(wanted.map((i) => (i % 4 ? `w${i % 5}` : null)));
    expect(values(await readColumns(batched(size), ["n"]), "n")).toEqual(values(table, "n"));
  });

  it("follow one another as one", async () => {
    const joined = joinStreams([batched(6), memoryStream(table)]);
    expect(joined.rows).toBe(46);
    const read = await readRows(joined, ["n"], [21, 22, 23, 45]);
    expect(values(read, "n")).toEqual([21, 22, 0, 22]);
  });

  it("name a column that is not there", () => {
    expect(() => memoryStream(table).batches(["m"])).toThrow(
      expect.objectContaining({ code: "DATA_SCHEMA" }),
    );
  });
});
