import { describe, expect, test } from "vitest";
import type { Feeds } from "../../compiler/check.ts";
import { Graph } from "../../compiler/graph.ts";
import { compileJs } from "../../compiler/js/run.ts";
import type { Column } from "../../data/columns.ts";
import { tableFromRows } from "../../data/from-rows.ts";
import { profileColumn } from "../../data/profile.ts";
import { Builder } from "../../nn/builder.ts";
import {
  checkModality,
  encodeColumn,
  encodingDifference,
  learnState,
  strictContext,
} from "../contract.ts";
import { recogniseModality } from "../modalities.ts";
import { set } from "./set.ts";

const column = (cells: readonly unknown[]): Column =>
  cells.length === 0
    ? { storage: "list", name: "x", length: 0, values: [] }
    : (tableFromRows(cells.map((x) => ({ x }))).columns.get("x") as Column);

const tags = [["a", "b"], ["b", "a", "c"], null, [], ["a"], ["c", "rare", "a"]];

/** Pooled embeddings of cells, where member i's vector is [i, i²] and that of the others [0, 100]. */
async function pooled(options: object, cells: readonly unknown[]) {
  const state = await learnState(set, options, [column(tags)]);
  const encoded = await encodeColumn(set.network, state, column(cells));
  const builder = new Builder(new Graph(), false);
  const shape = [cells.length, state.room];
  const ids = builder.feed("ids", shape, "int32");
  const weights = builder.feed("weights", shape);
  const present = builder.feed("present", [cells.length, 1]);
  const parsed = set.options.parse({ ...options, size: 2 });
  const { features } = set.network.encoder(builder, { ids, weights }, present, state, parsed);
  const feeds: Feeds = {
    ids: Float64Array.from(encoded.ids as Int32Array),
    weights: Float64Array.from(encoded.weights as Float32Array),
    "embedding.table": Float64Array.from([0, 100, 1, 1, 2, 4, 3, 9]),
  };
  return [...compileJs([features]).run(feeds)[0]];
}

describe("set", () => {
  test.each([{}, { pooling: "sum" }, { minCount: 1 }, { room: 2 }])(
    "passes the contract with %o",
    async (options) => {
      const state = await checkModality(set, options, column(tags), { tolerance: 1e-7 });
      expect(state).toMatchObject({ rows: 6, missing: 1, largest: 3 });
      expect(state.members.slice(0, 3)).toEqual(["a", "b", "c"]);
    },
  );

  test("pools the vectors of members, whatever their order and number", async () => {
    const cells = [["a"], ["b", "a"], ["a", "b", "a"], [], ["c", "new"], ["new", "newer"]];
    expect(await pooled({}, cells)).toEqual(
      [1, 1, 1.5, 2.5, 1.5, 2.5, 0, 0, 1.5, 54.5, 0, 100].map((x) => expect.closeTo(x, 5)),
    );
    expect(await pooled({ pooling: "sum" }, cells)).toEqual([
      1, 1, 3, 5, 3, 5, 0, 0, 3, 109, 0, 200,
    ]);
  });

  test("gives other families one feature a member", async () => {
    const state = await learnState(set, {}, [column(tags)]);
    const { ids, values } = await encodeColumn(
      set.features,
      state,
      column([["c", "x", "a", "y"], []]),
    );
    expect([...ids]).toEqual([1, 3, 0, -1, -1, -1]);
    expect([...values]).toEqual([1, 1, 1, 0, 0, 0]);
    const [block] = set.features.blocks(state);
    if (block.kind !== "sparse") throw new Error("a sparse block");
    expect([0, 1, 2, 3].map(block.name)).toEqual(["(other)", "a", "b", "c"]);
    expect(block.size).toBe(4);
  });

  test("reads lists, JSON and separated texts alike", async () => {
    const state = await learnState(set, { separator: "|" }, [column(tags)]);
    const forms = [[" a", "b"], '["b", "a"]', "a|b", " b | a |", ["a", null, "", "b", Number.NaN]];
    const expected = await encodeColumn(set.network, state, column([["a", "b"]]));
    for (const form of forms) {
      const got = await encodeColumn(set.network, state, column([form]));
      expect(encodingDifference(got, expected)).toBe(0);
    }
    const numbers = await learnState(set, { minCount: 1 }, [column([[3, 0], [-0, 3n], [true]])]);
    expect(numbers.members).toEqual(["0", "3", "true"]);
  });

  test("tells of lists with other things in them", async () => {
    const state = await learnState(set, {}, [column(tags)]);
    const told: string[] = [];
    const context = {
      ...strictContext,
      problem: (row: number, text: string) => {
        told.push(`${row}: ${text}`);
      },
    };
    const cells = [["a", ["b"]], [{ a: 1 }], null, ["a"]];
    const { present } = await encodeColumn(set.network, state, column(cells), context);
    expect(told).toHaveLength(2);
    expect(told[0]).toBe('0: a list of words, codes or truths; got ["b"] in it');
    expect([...present]).toEqual([0, 0, 0, 1]);
  });

  test("is recognised by members that recur", () => {
    const kind = (cells: readonly unknown[]) => recogniseModality(profileColumn(column(cells)));
    const many = (cell: (i: number) => unknown) => Array.from({ length: 60 }, (_, i) => cell(i));
    expect(kind(many((i) => ["red", "green", "blue"].slice(0, i % 4)))).toBe("set");
    expect(kind(many((i) => JSON.stringify(["red", "green"].slice(i % 3))))).toBe("set");
    expect(kind(many((i) => [i % 5, 7, 9].slice(i % 2)))).toBe("set");
    expect(kind(many((i) => [`w${i}`, "the", `x${i * 7}`, "the"]))).toBe("text");
  });

  test("keeps the members that are known where there is no room for all", async () => {
    const state = await learnState(set, { room: 2 }, [column(tags)]);
    const { ids } = await encodeColumn(set.network, state, column([["u", "v", "c", "b"]]));
    expect([...ids]).toEqual([2, 3]);
  });

  test.each([[[]], [[null, null]], [[[], []]]])("takes degenerate columns %o", async (cells) => {
    const state = await checkModality(set, {}, column(cells), { tolerance: 1e-7 });
    expect(state.members).toEqual([]);
  });
});
