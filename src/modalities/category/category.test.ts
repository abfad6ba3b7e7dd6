import { describe, expect, test } from "vitest";
import { columnFromCells } from "../../data/from-rows.ts";
import {
  checkModality,
  encodeByOnnx,
  encodeColumn,
  encodingDifference,
  learnState,
} from "../contract.ts";
import { category, embeddingSize } from "./category.ts";

const column = (cells: readonly unknown[], storage: "string" | "number" | "boolean" = "string") =>
  columnFromCells("x", cells, storage, { origin: "test", convert: true });

const animals = column(["cat", "dog", "cat", null, "eel", "dog", "cat", "", "猫", "猫"]);

describe("category", () => {
  test("orders by count and groups what is rare", async () => {
    const state = await checkModality(category, {}, animals);
    expect(state.categories).toEqual(["cat", "dog", "猫"]);
    expect(state.counts).toEqual([3, 2, 2]);
    expect(state).toMatchObject({ rows: 10, missing: 2, rareRows: 1, rareCategories: 1 });
    const two = await learnState(category, { maxCategories: 2 }, [animals]);
    expect(two.categories).toEqual(["cat", "dog"]);
    expect(two.rareRows).toBe(3);
  });

  test("gives unknown and missing cells ids of their own, in ONNX too", async () => {
    const state = await learnState(category, {}, [animals]);
    const cells = column(["dog", "yak", null, "猫", "CAT"]);
    const encoded = await encodeColumn(category.network, state, cells);
    expect([...encoded.id]).toEqual([2, 0, 4, 3, 0]);
    expect([...encoded.present]).toEqual([1, 1, 0, 1, 1]);
    for (const view of [category.network, category.features]) {
      const native = await encodeColumn(view, state, cells);
      expect(encodingDifference(native, await encodeByOnnx(view, state, cells))).toBe(0);
    }
  });

  test("one-hot features have a name each", async () => {
    const state = await learnState(category, {}, [animals]);
    const [block] = category.features.blocks(state);
    if (block.kind !== "sparse") throw new Error("a sparse block");
    expect(block.size).toBe(5);
    expect([0, 1, 2, 3, 4].map((id) => block.name(id))).toEqual([
      "(other)",
      "cat",
      "dog",
      "猫",
      "(missing)",
    ]);
  });

  test("reads codes alike from numbers and text", async () => {
    const state = await checkModality(
      category,
      {},
      column([7, 7, 3, 3, -0, 0, null, 1.5], "number"),
    );
    expect(state.categories).toEqual(["0", "3", "7"]);
    const numbers = await encodeColumn(category.network, state, column([3, 0, 8, null], "number"));
    const texts = await encodeColumn(category.network, state, column(["3.0", "00", "8", ""]));
    expect([...numbers.id]).toEqual([2, 1, 0, 4]);
    expect(encodingDifference(numbers, texts)).toBe(0);
  });

  test("reads truths alike from booleans and text", async () => {
    const state = await checkModality(
      category,
      {},
      column([true, true, false, false, null], "boolean"),
    );
    const ids = (await encodeColumn(category.network, state, column(["Yes", "no", "false"]))).id;
    expect([...ids]).toEqual([2, 1, 1]);
  });

  test.each([[[]], [[null, null]], [["once"]]])("takes degenerate columns %o", async (cells) => {
    const state = await checkModality(category, {}, column(cells));
    expect(state.categories).toEqual([]);
    expect((await encodeColumn(category.network, state, column(["new"]))).id[0]).toBe(0);
  });

  test("sizes embeddings by the stated rule", () => {
    expect([0, 2, 10, 100, 1000, 1e6].map(embeddingSize)).toEqual([2, 2, 6, 21, 50, 50]);
  });
});
