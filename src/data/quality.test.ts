import { expect, test } from "vitest";
import { Random } from "../core/random.ts";
import { tableFromRows } from "./from-rows.ts";
import { assessQuality } from "./quality.ts";
import { filesSplit } from "./split.ts";

test("missing cells, constant columns, similar names and imbalance are counted", () => {
  const table = tableFromRows([
    { age: 1, Age_: 1, same: "x", blank: null, y: "a" },
    { age: null, Age_: 2, same: "x", blank: null, y: "a" },
    { age: Number.NaN, Age_: 3, same: null, blank: null, y: "b" },
    { age: 4, Age_: 3, same: "x", blank: null, y: null },
    { age: 5, Age_: 3, same: "x", blank: null, y: "a" },
    { age: 6, Age_: 3, same: "x", blank: null, y: "c" },
  ]);
  const quality = assessQuality(table, {
    inputs: ["age", "Age_", "same", "blank"],
    targets: ["y"],
    split: filesSplit({ train: 3, test: 3 }),
  });
  expect(quality.columns[0]).toEqual({
    name: "age",
    storage: "number",
    missing: 2,
    missingShare: 2 / 6,
    nonFinite: 1,
  });
  expect(quality.constant).toEqual(["same", "blank"]);
  expect(quality.similarNames).toEqual([["age", "Age_"]]);
  expect(quality.labels[0]).toEqual({
    target: "y",
    labelled: 5,
    labelledShare: 5 / 6,
    classes: [
      { value: "a", rows: 3 },
      { value: "b", rows: 1 },
      { value: "c", rows: 1 },
    ],
    classCount: 3,
    imbalance: 3,
    unseenInTraining: ["c"],
  });
  expect(JSON.parse(JSON.stringify(quality))).toEqual(quality);
});

test("rows with equal inputs are found across parts, and where their labels differ", () => {
  const table = tableFromRows([
    { t: "a", v: [1, 2], b: new Uint8Array([1]), y: 1 },
    { t: "b", v: [1, 2], b: new Uint8Array([1]), y: 2 },
    { t: "a", v: [1, 2], b: new Uint8Array([1]), y: 3 },
    { t: "a", v: [1, 2], b: new Uint8Array([2]), y: 4 },
    { t: "b", v: [1, 2], b: new Uint8Array([1]), y: 2 },
    { t: null, v: null, b: null, y: 2 },
  ]);
  const { duplicates } = assessQuality(table, {
    inputs: ["t", "v", "b"],
    targets: ["y"],
    split: filesSplit({ train: 2, validation: 1, test: 3 }),
  });
  expect(duplicates).toEqual({
    rows: 2,
    validationInTrain: 1,
    testInTrain: 1,
    testInValidation: 0,
    conflicts: [{ target: "y", groups: 1, rows: 2 }],
    examples: [
      { rows: [0, 2], parts: ["train", "validation"] },
      { rows: [1, 4], parts: ["train", "test"] },
    ],
  });
});

test("inputs that give a target away are found, honest ones are not", () => {
  const random = Random.from(1);
  const rows = Array.from({ length: 400 }, () => {
    const x = random.normal();
    const kind = ["a", "b", "c"][random.integer(3)];
    return {
      honest: x,
      copy: kind,
      code: `k-${kind}-${random.integer(3)}`,
      scaled: x * 3 + 1 + random.normal() * 0.01,
      threshold: Math.abs(random.normal()) * (x > 0 ? 1 : -1),
      noise: random.normal(),
      kind,
      positive: x > 0 ? 1 : 0,
      value: x,
      noisy: x + random.normal(),
    };
  });
  const found = assessQuality(tableFromRows(rows), {
    inputs: ["honest", "copy", "code", "scaled", "threshold", "noise"],
    targets: ["kind", "positive", "value", "noisy"],
  }).leakage;
  expect(found.map(({ input, target, kind }) => `${input} ${kind} ${target}`).sort()).toEqual([
    "code rule kind",
    "copy equal kind",
    "honest equal value",
    "honest rule positive",
    "scaled correlation value",
    "scaled rule positive",
    "threshold rule positive",
  ]);
  for (const one of found) expect(one.score).toBeGreaterThan(0.97);
});
