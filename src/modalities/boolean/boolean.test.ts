import { expect, test } from "vitest";
import { columnFromCells, tableFromRows } from "../../data/from-rows.ts";
import { checkModality, encodeColumn, learnState } from "../contract.ts";
import { boolean } from "./boolean.ts";

const column = (cells: readonly unknown[], storage: "boolean" | "string" | "number") =>
  columnFromCells("x", cells, storage, { origin: "test", convert: false });

test.each([
  ["boolean", [true, false, null, true]],
  ["string", ["Yes", "no", null, "TRUE"]],
  ["number", [1, 0, null, 1]],
] as const)("reads %s cells", async (storage, cells) => {
  const state = await checkModality(boolean, {}, column(cells, storage));
  expect(state).toEqual({ rows: 4, missing: 1, yes: 2 });
  const { values, present } = await encodeColumn(boolean.features, state, column(cells, storage));
  expect([...values]).toEqual([1, 0, -1, 0, 0, 1, 1, 0]);
  expect([...present]).toEqual([1, 1, 0, 1]);
});

test("a model of booleans reads words, and reports others", async () => {
  const state = await learnState(boolean, {}, [column([true, false], "boolean")]);
  const messages: string[] = [];
  const context = {
    baseDir: undefined,
    origin: "test",
    firstRow: 0,
    problem: (_: number, message: string) => messages.push(message),
  };
  const cells = tableFromRows([{ x: "y" }, { x: "maybe" }]).columns.get("x");
  const { values } = await encodeColumn(boolean.network, state, cells!, context);
  expect([...values]).toEqual([1, 0]);
  expect(messages).toEqual(['yes or no; got "maybe"']);
});

test.each([[[]], [[null]], [[true]]])("takes degenerate columns %o", async (cells) => {
  await checkModality(boolean, {}, column(cells, "boolean"));
});
