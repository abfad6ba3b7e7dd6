import fc from "fast-check";
import { expect, test } from "vitest";
import { Random } from "../core/random.ts";
import type { Column } from "./columns.ts";
import { tableFromRows } from "./from-rows.ts";
import {
  carveValidation,
  columnSplit,
  filesSplit,
  groupSplit,
  kFold,
  randomSplit,
  type Split,
  stratifiedSplit,
  timeSplit,
} from "./split.ts";

function column(name: string, values: readonly unknown[]): Column {
  return tableFromRows(values.map((value) => ({ [name]: value }))).columns.get(name)!;
}

const fractions = { validation: 0.2, test: 0.2 };

function expectPartition(split: Split, rows: number): void {
  const all = [...split.train, ...split.validation, ...split.test];
  expect(all.sort((a, b) => a - b)).toEqual(Array.from({ length: rows }, (_, i) => i));
  for (const part of [split.train, split.validation, split.test]) {
    expect([...part]).toEqual([...part].sort((a, b) => a - b));
  }
}

test("a random split has the asked sizes, depends on the seed, and is a partition", () => {
  const property = fc.property(
    fc.integer({ min: 3, max: 400 }),
    fc.integer({ min: 1, max: 45 }),
    fc.integer({ min: 1, max: 45 }),
    fc.nat(),
    (rows, v, t, seed) => {
      const split = randomSplit(rows, { fractions: { validation: v / 100, test: t / 100 }, seed });
      expectPartition(split, rows);
      expect(Math.abs(split.test.length - (rows * t) / 100)).toBeLessThanOrEqual(1);
    },
  );
  fc.assert(property, { numRuns: 60, seed: 2 });
  const a = randomSplit(100, { fractions, seed: 1 });
  expect(a).toEqual(randomSplit(100, { fractions, seed: 1 }));
  expect(a).not.toEqual(randomSplit(100, { fractions, seed: 2 }));
});

test("stratification keeps the shares of several tasks, missing labels and rare classes", () => {
  const random = Random.from(3);
  const rows = 1000;
  const pick = (p: readonly number[]) => {
    const u = random.uniform();
    let sum = 0;
    for (let k = 0; k < p.length - 1; k++) {
      sum += p[k];
      if (u < sum) return k;
    }
    return p.length - 1;
  };
  const kind = column(
    "kind",
    Array.from({ length: rows }, () => ["a", "b", "c"][pick([0.7, 0.27, 0.03])]),
  );
  const price = column(
    "price",
    Array.from({ length: rows }, () => random.normal()),
  );
  const sold = column(
    "sold",
    Array.from({ length: rows }, () => [true, false, null][pick([0.1, 0.6, 0.3])]),
  );
  const tags = column(
    "tags",
    Array.from({ length: rows }, () => ["x", "y", "z"].filter(() => random.uniform() < 0.2)),
  );
  const split = stratifiedSplit([kind, price, sold, tags], { fractions, seed: 5 });
  expectPartition(split, rows);
  const shareOf = (part: Int32Array, has: (row: number) => boolean) => {
    const all = Array.from({ length: rows }, (_, row) => row).filter(has).length;
    return [...part].filter(has).length / all;
  };
  const labels: ((row: number) => boolean)[] = [
    (row) => kind.storage === "string" && kind.dictionary[kind.codes[row]] === "a",
    (row) => kind.storage === "string" && kind.dictionary[kind.codes[row]] === "c",
    (row) => sold.storage === "boolean" && sold.valid[row] === 0,
    (row) => sold.storage === "boolean" && sold.values[row] === 1,
    (row) => price.storage === "number" && price.values[row] > 1.3,
    (row) => tags.storage === "list" && tags.values[row]!.includes("z"),
  ];
  for (const has of labels) {
    expect(Math.abs(shareOf(split.test, has) - 0.2)).toBeLessThan(0.04);
    expect(Math.abs(shareOf(split.validation, has) - 0.2)).toBeLessThan(0.04);
  }
});

test("a class of two rows is dealt to the biggest part first", () => {
  const kind = column("kind", [...new Array(50).fill("common"), "rare", "rare"]);
  for (let seed = 0; seed < 5; seed++) {
    const split = stratifiedSplit([kind], { fractions, seed });
    expect([...split.train].some((row) => row >= 50)).toBe(true);
  }
});

test("no part stays empty where there are rows for it", () => {
  for (let rows = 3; rows < 12; rows++) {
    const y = column(
      "y",
      Array.from({ length: rows }, (_, i) => i % 2 === 0),
    );
    expectPartition(stratifiedSplit([y], { fractions, seed: rows }), rows);
  }
});

test("groups stay whole, in splits and in folds, also with labels to balance", () => {
  const property = fc.property(
    fc.array(fc.nat(12), { minLength: 30, maxLength: 200 }),
    fc.nat(),
    (ids, seed) => {
      const groups = column(
        "user",
        ids.map((id) => `u${id}`),
      );
      if (new Set(ids).size < 3) return;
      const split = groupSplit(groups, { fractions, seed });
      expectPartition(split, ids.length);
      const partsOf = [split.train, split.validation, split.test].map(
        (part) => new Set([...part].map((row) => ids[row])),
      );
      expect(partsOf.reduce((sum, set) => sum + set.size, 0)).toBe(new Set(ids).size);
    },
  );
  fc.assert(property, { numRuns: 50, seed: 4 });
  const ids = Array.from({ length: 400 }, (_, i) => i % 40);
  const label = column(
    "y",
    ids.map((id) => id % 2 === 0),
  );
  const folds = kFold(400, 5, { seed: 1, groups: column("g", ids), strata: [label] });
  for (const fold of folds) {
    expect(fold.test.length).toBe(80);
    const even = [...fold.test].filter((row) => ids[row] % 2 === 0).length;
    expect(Math.abs(even - 40)).toBeLessThanOrEqual(10);
    const train = new Set([...fold.train].map((row) => ids[row]));
    expect([...fold.test].every((row) => !train.has(ids[row]))).toBe(true);
  }
});

test("by time the last rows are the test, and rows of one time stay together", () => {
  const days = [5, 1, 4, 2, 3, 3, 9, 8, 7, 6];
  const times = column(
    "day",
    days.map((day) => new Date(Date.UTC(2024, 0, day))),
  );
  const split = timeSplit(times, { validation: 0.2, test: 0.3 });
  const daysOf = (part: Int32Array) => [...part].map((row) => days[row]).sort();
  expect(daysOf(split.train)).toEqual([1, 2, 3, 3, 4]);
  expect(daysOf(split.validation)).toEqual([5, 6]);
  expect(daysOf(split.test)).toEqual([7, 8, 9]);
  const tied = timeSplit(column("t", [1, 2, 2, 2, 3, 4]), { validation: 0, test: 0.6 });
  expect([...tied.test]).toEqual([4, 5]);
  expect(() => timeSplit(column("t", [1, 1, 1]), { validation: 0, test: 0.5 })).toThrow(
    "split: rows for test; got train 3, validation 0, test 0",
  );
  expect(() => timeSplit(column("t", [1, null, 3]), fractions)).toThrow(
    'split by time, column "t": a time in every row; 1 of 3 rows have none',
  );
  expect(() => timeSplit(column("t", ["Monday", "Tuesday", "x"]), fractions)).toThrow(
    'split by time, column "t": dates, times or numbers; got strings',
  );
});

test("a column or files can name the parts", () => {
  const split = columnSplit(column("part", ["train", "Dev", "test", "training", "val"]));
  expect([...split.train]).toEqual([0, 3]);
  expect([...split.validation]).toEqual([1, 4]);
  expect([...split.test]).toEqual([2]);
  expect([...columnSplit(column("part", [0, 2, 1])).test]).toEqual([1]);
  expect(() => columnSplit(column("part", ["train", "tst"]))).toThrow(
    'split by column "part": train, validation or test in every row; row 2 has "tst"',
  );
  expect(() => columnSplit(column("part", ["train", null]))).toThrow("row 2 has nothing");
  expect(() => columnSplit(column("part", ["train", "train"]))).toThrow(
    "rows for validation or test; all 2 are for training",
  );
  expect(() => columnSplit(column("part", ["test", "test"]))).toThrow(
    "split: rows for train; got train 0, validation 0, test 2",
  );
  expect(filesSplit({ train: 2, test: 3 })).toEqual({
    train: Int32Array.of(0, 1),
    validation: new Int32Array(0),
    test: Int32Array.of(2, 3, 4),
  });
});

test("validation rows can be carved out of training rows alone", () => {
  const y = column(
    "y",
    Array.from({ length: 100 }, (_, i) => i % 4 === 0),
  );
  const split = filesSplit({ train: 80, test: 20 });
  const carved = carveValidation(split, 0.25, { seed: 1, labels: [y] });
  expectPartition(carved, 100);
  expect(carved.test).toEqual(split.test);
  expect(carved.validation.length).toBe(20);
  expect([...carved.validation].filter((row) => row % 4 === 0).length).toBe(5);
});

test("folds are a partition of the rows into equal tests", () => {
  for (const strata of [
    undefined,
    [
      column(
        "y",
        Array.from({ length: 53 }, (_, i) => i % 3),
      ),
    ],
  ]) {
    const folds = kFold(53, 5, { seed: 9, strata });
    for (const fold of folds) {
      expectPartition(fold, 53);
      expect(Math.abs(fold.test.length - 53 / 5)).toBeLessThan(2);
    }
    expect(folds.flatMap((fold) => [...fold.test]).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 53 }, (_, i) => i),
    );
  }
});

test("splits that cannot be are errors with counts", () => {
  const seed = 1;
  expect(() => randomSplit(1, { fractions, seed })).toThrow(
    'split: at least 3 rows, one for each of "train", "validation", "test"; got 1',
  );
  expect(() =>
    randomSplit(10, { fractions: { train: 0.7, validation: 0.2, test: 0.2 }, seed }),
  ).toThrow(
    "split.fractions: shares that make 1; got train 0.7, validation 0.2, test 0.2, which make 1.1",
  );
  expect(() => randomSplit(10, { fractions: { validation: -0.1, test: 0.2 }, seed })).toThrow(
    "split.fractions: shares from 0 to 1, above 0 for train; got train 0.9, validation -0.1, test 0.2",
  );
  expect(() => randomSplit(10, { fractions: { validation: 0.5, test: 0.5 }, seed })).toThrow(
    "train 0",
  );
  expect(() => groupSplit(column("user", ["a", "a", "b"]), { fractions, seed })).toThrow(
    'split by group, column "user": at least 3 groups for 3 parts; got 2',
  );
  expect(() => kFold(10, 1, { seed })).toThrow("folds: a whole number of at least 2; got 1");
  expect(() => kFold(3, 5, { seed })).toThrow("folds: at least 5 rows for 5 folds; got 3");
  expect(() => kFold(4, 3, { seed, groups: column("g", ["a", "a", "b", "b"]) })).toThrow(
    'split by group, column "g": at least 3 groups for 3 folds; got 2',
  );
});
