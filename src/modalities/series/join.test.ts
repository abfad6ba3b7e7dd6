import { describe, expect, it } from "vitest";
import type { Column } from "../../data/columns.ts";
import { tableFromRows } from "../../data/from-rows.ts";
import { strictContext } from "../contract.ts";
import { seriesJoins } from "./join.ts";

const columns = (rows: readonly Record<string, unknown>[]) => [
  ...tableFromRows(rows).columns.values(),
];

/** The series of some rows, and what is told of them. */
function joined(rows: readonly Record<string, unknown>[]) {
  const told: string[] = [];
  const context = {
    ...strictContext,
    problem: (row: number, message: string) => {
      told.push(`${row}: ${message}`);
    },
  };
  const column = seriesJoins.join("s", columns(rows), context) as Column & { storage: "list" };
  expect(column).toMatchObject({ storage: "list", name: "s", length: rows.length });
  return { values: column.values, told };
}

describe("a series of several columns", () => {
  it("has a step for each column of numbers", () => {
    const { values, told } = joined([
      { a: 1, b: 2, c: 3 },
      { a: 4, b: null, c: 6 },
      { a: null, b: null, c: null },
    ]);
    expect(values).toEqual([[1, 2, 3], [4, null, 6], null]);
    expect(told).toEqual([]);
  });

  it("has a channel for each column of lists, written in any way", () => {
    const { values } = joined([
      { a: "[1, 2]", b: "[3, null]" },
      { a: "[1]", b: null },
      { a: null, b: null },
    ]);
    expect(values).toEqual([
      [
        [1, 3],
        [2, null],
      ],
      [[1, null]],
      null,
    ]);
    expect(joined([{ a: [1, 2], b: [3, 4] }]).values).toEqual([
      [
        [1, 3],
        [2, 4],
      ],
    ]);
  });

  it("tells of rows whose columns do not go together, and takes them as missing", () => {
    const { values, told } = joined([
      { a: "[1, 2]", b: "[3]" },
      { a: "[1]", b: "7" },
      { a: "[1]", b: "high" },
      { a: "[1]", b: "[2]" },
    ]);
    expect(values).toEqual([null, null, null, [[1, 2]]]);
    expect(told).toEqual([
      "0: lists of equal length, one a channel; got 2 in a and 1 in b",
      "1: a list in every column, as in others of the row; got the number 7 in b",
      '2: column b: a number or a list of numbers; got "high"',
    ]);
  });

  it("is refused where columns cannot go together", () => {
    const refuses = (row: Record<string, unknown>) => seriesJoins.refuses(columns([row]));
    expect(refuses({ a: 1, b: 2 })).toBeUndefined();
    expect(refuses({ a: "[1]", b: [2] })).toBeUndefined();
    expect(refuses({ a: "[1]", b: 2 })).toMatch(/a holds lists and b numbers/);
    expect(refuses({ a: 1, b: "warm" })).toMatch(/b holds "warm"/);
  });
});
