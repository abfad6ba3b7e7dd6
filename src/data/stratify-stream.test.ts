import { expect, it } from "vitest";
import { Random } from "../core/random.ts";
import { tableFromRows } from "./from-rows.ts";
import { PackedSplit, packSplit, rowsOfPart } from "./row-set.ts";
import { tableSource } from "./source.ts";
import { randomParts, randomSplit } from "./split.ts";
import { streamedStratifiedSplit } from "./stratify-stream.ts";

const random = Random.from(3, "rows");
const rows = 6000;
const table = tableFromRows(
  Array.from({ length: rows }, (_, i) => ({
    // Sorted, as files often are; a rare class; numbers with a tail; missing labels; label sets.
    kind: i < 3000 ? "a" : i < 5900 ? "b" : "rare",
    size: random.uniform() < 0.1 ? null : Math.exp(random.normal()),
    tags: random.uniform() < 0.5 ? ["x"] : ["x", "y"],
  })),
);
const names = ["kind", "size", "tags"];
const options = { fractions: { validation: 0.2, test: 0.1 }, seed: 5 };
const split = (batchRows: number, seed = 5) =>
  streamedStratifiedSplit(
    () => tableSource(table).batches({ columns: names, batchRows }),
    names,
    rows,
    {
      ...options,
      seed,
    },
  );

it("gives each part its share of rows, classes, quantiles and missing labels", async () => {
  const { train, validation, test } = await split(500);
  expect([train.length, validation.length, test.length]).toEqual([4200, 1200, 600]);
  expect(new Set([...train, ...validation, ...test]).size).toBe(rows);
  const kind = table.columns.get("kind");
  const size = table.columns.get("size");
  if (kind?.storage !== "string" || size?.storage !== "number") throw new Error("storage");
  const median = [...size.values].filter((_, row) => size.valid[row] === 1).sort((a, b) => a - b)[
    Math.floor(rows * 0.45)
  ];
  const wholes: ((row: number) => boolean)[] = [
    (row) => kind.dictionary[kind.codes[row]] === "a",
    (row) => kind.dictionary[kind.codes[row]] === "rare",
    (row) => size.valid[row] === 0,
    (row) => size.valid[row] === 1 && size.values[row] < median,
  ];
  for (const is of wholes) {
    const count = (list: Int32Array) => list.reduce((sum, row) => sum + (is(row) ? 1 : 0), 0);
    const all = count(train) + count(validation) + count(test);
    // A plain random split is off by √(all · 0.2 · 0.8): 22 rows of 3000.
    expect(Math.abs(count(validation) - 0.2 * all)).toBeLessThan(8);
    expect(Math.abs(count(test) - 0.1 * all)).toBeLessThan(8);
  }
});

it("is the same for the same seed, however the rows are cut into batches", async () => {
  const [a, b, other] = [await split(500), await split(77), await split(500, 6)];
  expect(b.validation).toEqual(a.validation);
  expect(b.test).toEqual(a.test);
  expect(other.validation).not.toEqual(a.validation);
});

it("a packed split holds the rows of the split it was made of", () => {
  const plain = randomSplit(1003, options);
  const packed = packSplit(plain);
  for (const name of ["train", "validation", "test"] as const) {
    expect(packed[name]).toEqual(plain[name]);
    expect(PackedSplit.of(randomParts(1003, options))[name]).toEqual(plain[name]);
    const set = rowsOfPart(packed, name);
    if (set instanceof Int32Array) throw new Error("a set");
    expect(set.length).toBe(plain[name].length);
    const pieces = [0, 250, 500, 750, 1000].flatMap((at) => [...set.between(at, at + 250)]);
    expect(pieces).toEqual([...plain[name]]);
  }
});
