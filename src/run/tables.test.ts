import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { resolveConfig } from "../config/load.ts";
import { Random } from "../core/random.ts";
import { runExperiment } from "./experiment.ts";

const folder = mkdtempSync(join(tmpdir(), "tables-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, header: string, lines: readonly string[]): void {
  writeFileSync(join(folder, name), [header, ...lines].join("\n"));
}
const random = Random.from(2, "tables");
const xs = Array.from({ length: 90 }, () => random.normal());
write(
  "north.csv",
  "x,y,price",
  xs.map((x) => `${x},${2 * x + 1},${5 - x}`),
);
write(
  "south.csv",
  "y,x,rent,z",
  xs.map((x, i) => `${-x},${x},${3 * x},${i % 4}`),
);
write("words.csv", "x,y", ["a,1", "b,2", "c,3"]);
write("other.csv", "p,q", ["1,2", "3,4"]);
write("named.csv", "x,table", ["1,2", "3,4"]);

const configOf = (tables: object, more: object = {}) =>
  resolveConfig({
    name: "tables",
    data: { tables },
    inputs: { x: { type: "number" } },
    tasks: { y: { type: "regression", by: "table" } },
    learner: { type: "linear" },
    ...more,
  });
const two = { north: "north.csv", south: "south.csv" };

async function experiment(config: ReturnType<typeof configOf>) {
  const run = await runExperiment(config, { baseDir: folder });
  run.close();
  return run;
}

describe("tables with rows of their own", () => {
  it.each([undefined, "64MB"])(
    "are stacked, with a task for each: memory %s",
    async (memoryLimit) => {
      const { outcome, stream } = await experiment(configOf(two, { memoryLimit }));
      expect(stream.rows).toBe(180);
      expect(outcome.tasks.map((t) => t.name)).toEqual(["y.north", "y.south"]);
      for (const t of outcome.tasks)
        expect(outcome.results.test?.evaluations[t.name].metrics.r2).toBeGreaterThan(0.99);
    },
  );

  it("leave columns missing where a table has none of that name", async () => {
    const config = configOf(two, {
      inputs: undefined,
      tasks: { price: { type: "regression" }, rent: { type: "regression" } },
    });
    const { outcome } = await experiment(config);
    // Neither the tables' names nor another task's labels are inputs by themselves.
    expect(outcome.inputs.map((i) => i.name)).toEqual(["x", "y", "z"]);
    const rows = (part: "train" | "test", task: string) =>
      outcome.parts[part]?.truth[task].filter((y) => !Number.isNaN(y)).length ?? 0;
    for (const task of ["price", "rent"])
      expect(rows("train", task) + rows("test", task)).toBeLessThanOrEqual(90);
    expect(outcome.results.test?.evaluations.price.metrics.r2).toBeGreaterThan(0.95);
  });

  it.each([
    ["one table", { north: "north.csv" }, "data.tables: at least 2 tables; got 1"],
    [
      "cells of several kinds",
      { north: "north.csv", words: "words.csv" },
      "data.tables.words, column x: number cells, as in table north; got string",
    ],
    [
      "no column in common",
      { north: "north.csv", south: "south.csv", other: "other.csv" },
      'data.tables.other: a column that another table has too; it has "p", "q"',
    ],
    [
      "a column of the made name",
      { north: "north.csv", named: "named.csv" },
      'data.tables.named: no column named "table"',
    ],
  ])("are refused: %s", async (_, tables, message) => {
    await expect(experiment(configOf(tables))).rejects.toThrow(message);
  });

  it("take the place of a path", () => {
    const both = { data: { path: "north.csv", tables: two } };
    expect(() => configOf({}, both)).toThrow("either path or tables");
    const files = { split: { type: "files", test: "south.csv" } };
    expect(() => configOf(two, files)).toThrow("a split of the stacked rows beside data.tables");
  });
});
