import fc from "fast-check";
import { expect, test } from "vitest";
import { parseByteSize } from "./byte-size.ts";
import {
  type Column,
  cell,
  columnOf,
  concatColumns,
  concatTables,
  countMissing,
  isMissing,
  take,
  takeRows,
} from "./columns.ts";
import { tableFromRows } from "./from-rows.ts";

const kinds: Record<string, fc.Arbitrary<unknown>> = {
  number: fc.double({ noNaN: true, noDefaultInfinity: true }),
  boolean: fc.boolean(),
  string: fc.string({ maxLength: 3 }),
  datetime: fc.date({ noInvalidDate: true }),
  bytes: fc.uint8Array({ maxLength: 4 }),
  list: fc.array(fc.integer(), { maxLength: 3 }),
};

function column(values: readonly unknown[]): Column {
  return tableFromRows(values.map((x) => ({ x }))).columns.get("x")!;
}

const cells = (one: Column) => Array.from({ length: one.length }, (_, row) => cell(one, row));

for (const [storage, arbitrary] of Object.entries(kinds)) {
  test(`${storage} columns give back their cells, whole, taken and joined`, () => {
    const some = fc.array(fc.option(arbitrary, { freq: 4 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(
        arbitrary,
        some,
        some,
        fc.array(fc.nat(), { maxLength: 30 }),
        (head, a, b, picks) => {
          if (head === "") return;
          const [left, right] = [column([head, ...a]), column([head, ...b])];
          expect(left.storage).toBe(storage);
          const whole = concatColumns([left, right]);
          const values = [head, ...a, head, ...b];
          expect(cells(whole)).toEqual(values);
          expect(countMissing(whole)).toBe(values.filter((value) => value === null).length);
          const rows = picks.map((pick) => pick % values.length);
          const taken = take(whole, rows);
          expect(taken.length).toBe(rows.length);
          expect(cells(taken)).toEqual(rows.map((row) => values[row]));
          rows.forEach((row, i) => {
            expect(isMissing(taken, i)).toBe(values[row] === null);
          });
        },
      ),
      { numRuns: 40, seed: 3 },
    );
  });
}

test("joined string columns share one dictionary of the strings in use", () => {
  const part = take(column(["a", "b", "c", "d"]), [3, 1]);
  const whole = concatColumns([part, column(["b", null, "e"])]);
  expect(whole).toMatchObject({
    dictionary: ["d", "b", "e"],
    codes: Int32Array.of(0, 1, 1, -1, 2),
  });
});

test("columns stored differently are not joined", () => {
  expect(() => concatColumns([column([1]), column(["a"])])).toThrow(
    'column "x": every part stored as number; got string',
  );
  expect(() => concatColumns([])).toThrow("at least one column; got none");
});

test("tables are cut and joined by rows, and name the columns they lack", () => {
  const table = tableFromRows([{ a: 1, b: "x" }, { a: 2 }, { b: "z" }], { origin: "here" });
  const joined = concatTables([takeRows(table, [2]), table]);
  expect(joined.rows).toBe(4);
  expect(cells(columnOf(joined, "b"))).toEqual(["z", "x", null, "z"]);
  expect(() => columnOf(table, "c")).toThrow('here: a column named "c"; the columns are "a", "b"');
});

test("rows from code: kinds of cells, absent ones, and conversions when a type is given", () => {
  const table = tableFromRows(
    [
      { n: 1n, vector: Float32Array.of(1, 2), "": undefined, m: Number.NaN },
      { n: undefined, vector: null, m: null },
    ].map(({ "": _, ...row }) => row),
  );
  expect(cells(columnOf(table, "n"))).toEqual([1, null]);
  expect(cells(columnOf(table, "vector"))).toEqual([[1, 2], null]);
  expect(columnOf(table, "m")).toMatchObject({ storage: "number", nanCount: 1 });
  const given = tableFromRows(
    [
      { n: "41", b: "Yes", t: "2024-05-01 10:00+02:00", s: 7, l: "[1]" },
      { n: " -.5e1 ", b: 0, t: "2024-05-01", s: true, l: "" },
    ],
    { types: { n: "number", b: "boolean", t: "datetime", s: "string", l: "list" } },
  );
  expect([...given.columns.values()].map((one) => cells(one))).toEqual([
    [41, -5],
    [true, false],
    [new Date("2024-05-01T08:00:00Z"), new Date("2024-05-01T00:00:00Z")],
    ["7", "true"],
    [[1], null],
  ]);
  const infinite = tableFromRows([{ a: 1 }, { a: Number.POSITIVE_INFINITY }], {
    infinite: "missing",
  });
  expect(columnOf(infinite, "a")).toMatchObject({ infiniteCount: 1, valid: Uint8Array.of(1, 0) });
});

test("sizes in bytes are read with their units", () => {
  expect(parseByteSize(1000)).toBe(1000);
  expect(parseByteSize("512MB")).toBe(512_000_000);
  expect(parseByteSize(" 1.5 GiB ")).toBe(1.5 * 2 ** 30);
  for (const bad of ["", "MB", "-1MB", "1 parsec", 0, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => parseByteSize(bad)).toThrow(
      "memoryLimit: a size such as 512MB or 2GiB, above zero",
    );
  }
});
