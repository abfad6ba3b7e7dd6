import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { cell } from "../data/columns.ts";
import { openSource } from "../data/source.ts";
import { openPredictionFile, type PredictionChunk } from "./prediction-file.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "polytask-predictions-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const texts = ["plain", 'with "quotes", commas', "two\nlines", "", "长江大桥"];

function chunk(from: number): PredictionChunk {
  return {
    rows: texts.length,
    columns: [
      { name: "price.value", value: (row) => (row === 1 ? Number.NaN : from + row / 8) },
      { name: "kind.label", value: (row) => texts[row] },
      { name: "sold.value", value: (row) => row % 2 === 0 },
    ],
  };
}

it.each(["csv", "tsv", "parquet"])(
  "writes %s that reads back the same, and no other file",
  async (ending) => {
    const path = join(folder, `out.${ending}`);
    const file = await openPredictionFile(path);
    await file.write(chunk(0));
    await file.write(chunk(100));
    expect(existsSync(path)).toBe(false);
    await file.finish();
    const source = await openSource(path);
    const table = await source.read();
    source.close();
    expect([...table.columns.keys()]).toEqual(["price.value", "kind.label", "sold.value"]);
    const values = (name: string) => {
      const column = table.columns.get(name);
      if (column === undefined) throw new Error(name);
      return Array.from({ length: table.rows }, (_, row) => cell(column, row));
    };
    expect(values("price.value")).toEqual([
      0,
      null,
      0.25,
      0.375,
      0.5,
      100,
      null,
      100.25,
      100.375,
      100.5,
    ]);
    // The reader takes every empty cell of delimited text for a missing one.
    const read = texts.map((text) => (text === "" && ending !== "parquet" ? null : text));
    expect(values("kind.label")).toEqual([...read, ...read]);
    expect(values("sold.value").slice(0, 5)).toEqual([true, false, true, false, true]);
    expect(readdirSync(folder).filter((name) => name.includes("tmp"))).toEqual([]);
  },
);

it("leaves an older file alone where writing is given up", async () => {
  const path = join(folder, "out.csv");
  const before = readFileSync(path, "utf8");
  const file = await openPredictionFile(path);
  await file.write(chunk(7));
  file.discard();
  expect(readFileSync(path, "utf8")).toBe(before);
  expect(readdirSync(folder).filter((name) => name.includes("tmp"))).toEqual([]);
});
