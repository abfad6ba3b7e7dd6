import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { series } from "../api/declare.ts";
import { load, train } from "../api/train.ts";
import { tableFromRows } from "../data/from-rows.ts";
import { binary } from "../index.ts";
import { expandColumns } from "./column-patterns.ts";
import { resolveSpecs } from "./specs.ts";

const names = ["id", "t10", "t2", "t1", "mar", "jan", "m_b", "m_a", "odd*name"];
const table = tableFromRows([Object.fromEntries(names.map((name, i) => [name, i]))]);
const expand = (given: string | string[]) => expandColumns("inputs.x.columns", given, table);

describe("names and patterns of columns", () => {
  it("stand for columns in the order of their numbers, or of the table", () => {
    expect(expand("t*")).toEqual(["t1", "t2", "t10"]);
    expect(expand("m_*")).toEqual(["m_b", "m_a"]);
    expect(expand(["jan", "t*"])).toEqual(["jan", "t1", "t2", "t10"]);
    expect(expand("odd*name")).toEqual(["odd*name"]);
  });

  it.each([
    ["q*", /a pattern that matches columns of rows \(id, .*; got "q\*", which matches none/],
    [["t1", "t*"], /each column once; got t1 twice/],
    [["t1", "t3"], /a column of rows .* got "t3"/],
  ])("%j is refused", (given, message) => {
    expect(() => expand(given as string)).toThrow(message);
  });
});

describe("an input of several columns", () => {
  const rows = Array.from({ length: 80 }, (_, i) => ({
    ...Object.fromEntries(
      [3, 1, 2].map((t) => [
        `t${t}`,
        i % 9 === 4 && t === 2 ? null : (i % 2 ? t : -t) + (i % 5) / 10,
      ]),
    ),
    x: i % 7 === 1 ? null : [i % 2, 1, i % 3],
    y: [1, 2, i % 2 ? 3 : -3],
    rises: i % 2 === 1,
  }));
  const resolve = (inputs: Record<string, Record<string, unknown>>) =>
    resolveSpecs(
      { inputs, tasks: { rises: { type: "binary" } }, reserved: [] },
      tableFromRows(rows),
    );

  it("is resolved once, and columns may be in several inputs", () => {
    const { inputs } = resolve({
      wave: { type: "series", columns: "t*" },
      pair: { type: "series", columns: ["x", "y"] },
      x: { type: "series" },
    });
    expect(inputs.map((i) => i.columns)).toEqual([["t1", "t2", "t3"], ["x", "y"], undefined]);
  });

  it.each([
    [
      { type: "number", columns: ["t1", "t2"] },
      /a type that reads several columns \(series\); got number/,
    ],
    [{ columns: ["t1", "t2"] }, /a type that reads several columns \(series\); got none/],
    [
      { type: "series", columns: ["t1"], column: "t2" },
      /inputs\.wave: column or columns; got both/,
    ],
    [{ type: "series", columns: ["t1", "rises"] }, /column rises is the target of a task/],
    [{ type: "series", columns: ["t1", "x"] }, /x holds lists and t1 numbers/],
  ])("%j is refused", (wave, message) => {
    expect(() => resolve({ wave })).toThrow(message);
  });

  it("is found again by the model file, with cells and whole columns missing in rows", {
    timeout: 60_000,
  }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "polytask-columns-"));
    try {
      const model = await train({
        data: rows,
        inputs: {
          wave: series({ columns: "t*", encoder: "gru", size: 8 }),
          pair: series({ columns: ["x", "y"], encoder: "gru", size: 8 }),
        },
        tasks: { rises: binary() },
        training: { epochs: 8, threads: 1 },
        learner: { type: "neural", trunk: { sizes: [] } },
        seed: 2,
      });
      const file = join(folder, "model.onnx");
      model.save(file);
      const alone = await load<{ rises: ReturnType<typeof binary> }>(file);
      const asked = [
        { t1: 1, t2: 2, t3: 3, x: [1, 1, 0], y: [1, 2, 3] },
        { t1: -1, t2: null, t3: -3, x: null, y: [1, 2, -3] },
        { t1: null, t2: null, t3: null, x: null, y: null },
      ];
      const said = await model.predict(asked);
      expect(await alone.predict(asked)).toEqual(said);
      expect(said.slice(0, 2).map((row) => row.rises.label)).toEqual([true, false]);
      await expect(alone.predict([{ t1: 1, t3: 3, x: null, y: [1] }])).rejects.toThrow(
        /input columns t2; the table has t1, t3, x, y/,
      );
      await expect(alone.predict([{ ...asked[0], x: [1, 2] }])).rejects.toThrow(
        /lists of equal length, one a channel; got 2 in x and 3 in y/,
      );
      await alone.dispose();
      await model.dispose();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
