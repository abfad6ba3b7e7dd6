import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { columnFromCells } from "../../data/from-rows.ts";
import { checkModality, encodeColumn, learnState } from "../contract.ts";
import { text } from "./text.ts";

const column = (cells: readonly unknown[], storage: "string" | "list" = "string") =>
  columnFromCells("x", cells, storage, { origin: "test", convert: false });

interface Fixture {
  readonly train: string[];
  readonly test: string[];
  readonly plain: Record<string, number>[];
  readonly sublinear: Record<string, number>[];
}
const path = new URL("fixtures/tfidf.json", import.meta.url);
const fixture = JSON.parse(readFileSync(path, "utf8")) as Fixture;

/** Features of some texts by name. */
async function features(options: unknown, train: string[], cells: readonly unknown[]) {
  const state = await learnState(text, options, [column(train)]);
  const encoded = await encodeColumn(text.features, state, column(cells));
  const [block] = text.features.blocks(state);
  if (block.kind !== "sparse") throw new Error("a sparse block");
  return cells.map((_, row) => {
    const found: Record<string, number> = {};
    for (let i = row * state.featureWidth; i < (row + 1) * state.featureWidth; i++) {
      if (encoded.ids[i] >= 0)
        found[block.name(Number(encoded.ids[i]))] = Number(encoded.values[i]);
      else expect(encoded.values[i]).toBe(0);
    }
    return found;
  });
}

describe("features", () => {
  test.each(["plain", "sublinear"] as const)("equal scikit-learn's %s TF-IDF", async (kind) => {
    const found = await features({ sublinear: kind === "sublinear" }, fixture.train, fixture.test);
    found.forEach((row, i) => {
      expect(Object.keys(row).sort()).toEqual(Object.keys(fixture[kind][i]).sort());
      for (const [name, value] of Object.entries(row)) {
        expect(value).toBeCloseTo(fixture[kind][i][name], 6);
      }
    });
  });

  test("have length 1 with character sequences too", async () => {
    const [row] = await features({ characterFeatures: true }, ["a cat", "a dog"], ["cat"]);
    expect(row.cat).toBeCloseTo(Math.SQRT1_2, 6);
    const squares = Object.values(row).reduce((sum, v) => sum + v * v, 0);
    expect(squares).toBeCloseTo(1, 6);
  });

  test("keep the most frequent terms alone", async () => {
    const [row] = await features({ vocabulary: 1, words: 1 }, ["a b", "a c"], ["a b c"]);
    expect(row).toEqual({ a: 1 });
  });
});

const reviews = [
  "good soup, good price",
  "bad soup",
  null,
  "好吃的汤",
  "汤不好吃",
  "",
  "good 汤",
  "bad price",
  "soup soup",
];

describe("network view", () => {
  test.each([
    {},
    { characters: 0 },
    { maxTokens: 3 },
    { minCount: 1, words: 1 },
    { characterFeatures: true },
  ])("passes the checks with %o", async (options) => {
    const state = await checkModality(text, { buckets: 64, ...options }, column(reviews));
    expect(state).toMatchObject({ rows: 9, missing: 1, empty: 1 });
  });

  test("gives every token an id, frequent terms one of their own", async () => {
    const state = await learnState(text, { characters: 0, buckets: 16 }, [column(reviews)]);
    const known = new Set(state.terms.slice(0, state.known));
    expect(known).toEqual(new Set(["good", "soup", "bad", "price", "好吃", "汤"]));
    const { ids, weights, present } = await encodeColumn(
      text.network,
      state,
      column(["soup xyzzy", null, ""]),
    );
    const width = state.networkWidth;
    expect([...present]).toEqual([1, 0, 1]);
    expect(ids[0]).toBe(1 + state.terms.indexOf("soup"));
    expect(Number(ids[1])).toBeGreaterThan(state.known);
    expect(Number(ids[1])).toBeLessThan(1 + state.known + 16);
    expect([...ids.slice(width)].every((id) => id === 0)).toBe(true);
    expect([...weights.slice(width)].every((w) => w === 0)).toBe(true);
    let squares = 0;
    for (let i = 0; i < width; i++) squares += Number(weights[i]) ** 2;
    expect(squares).toBeCloseTo(1, 6);
  });

  test("keeps the heaviest tokens of a long text", async () => {
    const state = await learnState(text, { characters: 0, words: 1, maxTokens: 2 }, [
      column(["the rare", "the the", "the", "the odd rare", "the odd"]),
    ]);
    const { ids } = await encodeColumn(text.network, state, column(["the odd rare"]));
    expect([...ids]).toEqual([1 + state.terms.indexOf("odd"), 1 + state.terms.indexOf("rare")]);
  });

  test("reads lists of words", async () => {
    const lists = column([["red", "green"], null, []], "list");
    const state = await checkModality(text, {}, lists);
    expect(state).toMatchObject({ rows: 3, missing: 1, empty: 1 });
  });

  test.each([[[]], [[null]], [["one text"]], [["", ""]]])(
    "takes degenerate columns %o",
    async (cells) => {
      await checkModality(text, {}, column(cells));
    },
  );
});
