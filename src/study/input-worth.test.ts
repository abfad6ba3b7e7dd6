import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { resolveConfig } from "../config/load.ts";
import { Random } from "../core/random.ts";
import { tableFromRows } from "../data/from-rows.ts";
import { allocateBatch, type RowArray } from "../data/rows.ts";
import { type FitOutcome, fitFamily } from "../model/fit.ts";
import { resolveSpecs } from "../model/specs.ts";
import { memoryStream } from "../model/stream.ts";
import { encodeRows } from "../train/encode.ts";
import { Alterations, missingCell } from "./altered-rows.ts";
import { inputWorth } from "./input-worth.ts";

const words = ["red", "green", "blue", "grey"];
const rows = Array.from({ length: 400 }, (_, i) => {
  const random = Random.from(6, "worth", i);
  const [a, b] = [random.normal(), random.normal()];
  const word = random.integer(4);
  return {
    a,
    b,
    noise: random.normal(),
    note: `${words[word]} thing`,
    much: 3 * a + b + 2 * (word - 1.5) + 0.3 * random.normal(),
    some: b + 0.3 * random.normal() > 0,
  };
});
const table = tableFromRows(rows);

async function learned(learner: object): Promise<FitOutcome> {
  const config = resolveConfig({
    data: "rows",
    inputs: { a: "number", b: "number", noise: "number", note: "text" },
    tasks: { much: "regression", some: "binary" },
    learner,
    training: { epochs: 40, threads: 1 },
  });
  const specs = resolveSpecs(
    { inputs: config.inputs as never, tasks: config.tasks as never, reserved: [] },
    table,
  );
  const part = (from: number, to: number) =>
    Int32Array.from({ length: to - from }, (_, i) => from + i);
  return fitFamily({
    stream: memoryStream(table),
    specs,
    split: { train: part(0, 250), validation: new Int32Array(0), test: part(250, 400) },
    learner: config.learner,
    training: config.training,
    seed: 3,
    badCells: "error",
  });
}

let linear: FitOutcome;
let network: FitOutcome;
beforeAll(async () => {
  linear = await learned({ type: "linear" });
  network = await learned({ type: "neural", trunk: { sizes: [16] } });
}, 60_000);
afterAll(() => {
  linear.close();
  network.close();
});

describe("what inputs are worth", () => {
  it("adds up to the score of all inputs less that of none, and is largest where the signal is", async () => {
    const worth = await inputWorth(linear, "test", 1);
    if (!worth) throw new Error("nothing found");
    expect(worth.players).toEqual(["table", "note"]);
    expect(worth.exact).toBe(true);
    expect(worth.subsets.map((s) => s.inputs.length)).toEqual([2, 1, 1, 0]);
    const result = linear.results.test?.evaluations;
    for (const { name, metric, better } of worth.tasks) {
      const [all, none] = [worth.subsets[0], worth.subsets[3]].map((s) => s.scores[name] as number);
      expect(all).toBeCloseTo(result?.[name].metrics[metric] as number, 10);
      const sum = Object.values(worth.shapley[name]).reduce((a: number, b) => a + (b as number), 0);
      expect(sum).toBeCloseTo(better === "higher" ? all - none : none - all, 10);
    }
    expect(worth.shapley.some.table).toBeGreaterThan(0.3);
    expect(Math.abs(worth.shapley.some.note as number)).toBeLessThan(0.05);
    expect(worth.shapley.much.note).toBeGreaterThan(0.3);
  });

  it("falls with the share of rows in which an input is broken", async () => {
    const worth = await inputWorth(network, "test", 1);
    const curve = (input: string, how: string) =>
      worth?.broken
        .find((c) => c.input === input && c.how === how)
        ?.points.map((p) => p.scores.some as number) ?? [];
    for (const how of ["missing", "swapped"]) {
      const table = curve("table", how);
      expect(table).toHaveLength(6);
      expect(table[0]).toBeGreaterThan(0.9);
      expect(table[5]).toBeLessThan(0.65);
      expect(table[3]).toBeLessThan(table[0] - 0.1);
      expect(curve("note", how)[5]).toBeGreaterThan(table[0] - 0.1);
    }
  });

  it("is of single columns where there is nothing but a table, by orders drawn where they are many", async () => {
    const only = { ...linear, inputs: linear.inputs.filter((i) => i.name !== "note") };
    const worth = await inputWorth(only, "test", 1);
    expect(worth?.players).toEqual(["a", "b", "noise"]);
    expect(worth?.shapley.some.b).toBeGreaterThan(0.3);
    expect(Math.abs(worth?.shapley.some.noise as number)).toBeLessThan(0.05);
  });

  it("is the same twice, and nothing for one input", async () => {
    expect(await inputWorth(linear, "test", 4)).toEqual(await inputWorth(linear, "test", 4));
    const one = { ...linear, inputs: linear.inputs.slice(0, 1) };
    expect(await inputWorth(one, "test", 1)).toBeUndefined();
    expect(await inputWorth(linear, "validation", 1)).toBeUndefined();
  });
});

describe("altered rows", () => {
  it.each(["linear", "network"])(
    "are as if the cells of the table were others, for %s",
    async (which) => {
      const { parts, inputs, tasks, views } = which === "linear" ? linear : network;
      const store = parts.test?.store;
      if (!store) throw new Error("no rows");
      const from = Int32Array.from({ length: store.rows }, (_, i) => i);
      from[2] = missingCell;
      from[3] = 7;
      const alterations = await Alterations.create(store, inputs, views);
      const altered = alterations.altered([{ inputs: ["a", "note"], from }]);
      const changed = rows.slice(250, 260).map((row, i) => {
        if (i === 2) return { ...row, a: null, note: null };
        return i === 3 ? { ...row, a: rows[257].a, note: rows[257].note } : row;
      });
      const types = { a: "number", note: "string" } as const;
      const expected = await encodeRows([tableFromRows(changed, { types })], {
        inputs,
        tasks,
        view: views,
      });
      const read = (of: typeof store) => {
        const out: RowArray[] = allocateBatch(of.layout, 10);
        of.gather(
          Int32Array.from({ length: 10 }, (_, i) => i),
          0,
          10,
          out,
        );
        return out;
      };
      expect(read(altered)).toEqual(read(expected.store));
    },
  );
});
