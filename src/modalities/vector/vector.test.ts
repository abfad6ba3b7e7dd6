import { describe, expect, test } from "vitest";
import type { Column } from "../../data/columns.ts";
import { tableFromRows } from "../../data/from-rows.ts";
import { checkModality, encodeColumn, learnState, strictContext } from "../contract.ts";
import { vector } from "./vector.ts";

const column = (cells: readonly unknown[], storage?: "list" | "string"): Column =>
  cells.length === 0
    ? { storage: "list", name: "x", length: 0, values: [] }
    : (tableFromRows(
        cells.map((x) => ({ x })),
        { types: storage && { x: storage } },
      ).columns.get("x") as Column);

/** What is told of each row's cell. */
async function problems(cells: readonly unknown[], options: object = {}) {
  const good = column([
    [1, 2, 3],
    [4, 6, 3],
    [7, 1, 3],
  ]);
  const state = await learnState(vector, options, [good]);
  const told: string[] = [];
  const context = {
    ...strictContext,
    problem: (row: number, text: string) => {
      told.push(`${row}: ${text}`);
    },
  };
  const { present, values } = await encodeColumn(vector.network, state, column(cells), context);
  return { told, present: [...present], values: [...values] };
}

describe("vector", () => {
  const cells = [[1, 10, 5], [3, 30, 5], null, [2, null, 5], [2, 20, 5], [Number.NaN, 20, 5]];

  test.each([{}, { normalize: "none" }, { clip: 0 }])("passes the contract with %o", async (o) => {
    const state = await checkModality(vector, o, column(cells, "list"));
    expect(state).toMatchObject({ rows: 6, missing: 1, size: 3 });
  });

  test("standardizes each element by the training rows", async () => {
    const state = await learnState(vector, {}, [column(cells, "list")]);
    expect(state.mean).toEqual([2, 20, 5]);
    // An element that never varies is left at 0.
    expect(state.scale).toEqual([Math.sqrt(0.5), Math.sqrt(50), 1].map((x) => expect.closeTo(x)));
    const encoded = await encodeColumn(vector.network, state, column([[3, null, 6]]));
    expect(encoded.values[0]).toBeCloseTo(Math.SQRT2);
    expect([...encoded.values.slice(1)]).toEqual([0, 1]);
  });

  test("makes vectors of length 1", async () => {
    const long = column([[3, 4], [0, 0], [null, -2], null]);
    const state = await checkModality(vector, { normalize: "unit" }, long, { tolerance: 1e-7 });
    const { values } = await encodeColumn(vector.network, state, long);
    const expected = [0.6, 0.8, 0, 0, 0, -1, 0, 0];
    expected.forEach((x, i) => {
      expect(values[i]).toBeCloseTo(x, 6);
    });
  });

  test("reads lists, typed arrays and JSON alike", async () => {
    const forms = [
      column([[1, 2, 0.5]]),
      column([Float32Array.of(1, 2, 0.5)]),
      column([new Float64Array([1, 2, 0.5])]),
      column(["[1, 2, 0.5]"]),
      column([" [1,2e0,5e-1] "]),
    ];
    const state = await learnState(vector, { normalize: "none" }, [column(cells, "list")]);
    for (const form of forms) {
      const { values } = await encodeColumn(vector.network, state, form);
      expect([...values]).toEqual([1, 2, 0.5]);
    }
    const gap = await encodeColumn(vector.network, state, column(["[1, NaN, 3]"]));
    expect([...gap.values]).toEqual([1, 0, 3]);
  });

  test("tells of cells that are no vector, and takes them as missing", async () => {
    const { told, present, values } = await problems([
      [1, 2],
      [1, 2, 3, 4],
      [],
      ["a", 2, 3],
      [1, [2], 3],
      [1, 2, Number.POSITIVE_INFINITY],
      [null, null, null],
      [1, true, 3],
    ]);
    expect(told).toEqual([
      "0: a list of 3 numbers; got 2",
      "1: a list of 3 numbers; got 4",
      "2: a list of 3 numbers; got an empty list",
      '3: a list of 3 numbers, all finite; got "a" at place 1',
      "4: a list of 3 numbers, all finite; got [2] at place 2",
      "5: a list of 3 numbers, all finite; got Infinity at place 3",
      "7: a list of 3 numbers, all finite; got true at place 2",
    ]);
    expect(present).toEqual(new Array(8).fill(0));
    expect(values).toEqual(new Array(24).fill(0));
    const texts = await problems(["[1, 2", "1,2,3", "", "[1, 2, Infinity]"]);
    expect(texts.told).toEqual([
      '0: a list of 3 numbers; got "[1, 2"',
      '1: a list of 3 numbers; got "1,2,3"',
      "3: a list of 3 numbers, all finite; got Infinity at place 3",
    ]);
  });

  test("learns from the commonest length of ragged lists", async () => {
    const quiet = { ...strictContext, problem: () => {} };
    const ragged = column([[1], [1, 2], [3, 4], [1, 2, 3], []]);
    const state = await checkModality(vector, {}, ragged, { context: quiet });
    expect(state.size).toBe(2);
    expect(state.mean).toEqual([2, 3]);
  });

  test.each([[[]], [[null, null]]])("takes degenerate columns %o", async (none) => {
    const state = await checkModality(vector, {}, column(none, "list"));
    expect(state.size).toBe(1);
  });
});
