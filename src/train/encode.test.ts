import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Table } from "../data/columns.ts";
import { takeRows } from "../data/columns.ts";
import { tableFromRows } from "../data/from-rows.ts";
import { fileRowWriter } from "../data/row-file.ts";
import { allocateBatch, type RowArray } from "../data/rows.ts";
import { modalityNamed } from "../modalities/modalities.ts";
import type { TaskKind } from "../tasks/task.ts";
import { taskKinds } from "../tasks/tasks.ts";
import { encodeRows } from "./encode.ts";
import { allRows, evaluatePart } from "./evaluation.ts";
import { type InputSpec, learnStates, type TaskSpec } from "./learn.ts";
import { Linker } from "./link.ts";
import type { Part } from "./problem.ts";
import { subsetPart } from "./subset.ts";

const folder = mkdtempSync(join(tmpdir(), "polytask-encode-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const table = tableFromRows(
  [
    { size: 1, note: "red fish", y: 10, w: 1, kind: "a" },
    { size: 2, note: null, y: null, w: 2, kind: "b" },
    { size: null, note: "blue fish", y: 30, w: 0.5, kind: "a" },
    { size: 4, note: "red bird", y: 50, w: null, kind: null },
    { size: 100, note: "one fish", y: 70, w: 1, kind: "b" },
  ],
  { origin: "zoo" },
);
const inputs: InputSpec[] = [
  {
    name: "size",
    modality: modalityNamed("number"),
    options: modalityNamed("number").options.parse({}),
  },
  {
    name: "words",
    column: "note",
    modality: modalityNamed("text"),
    options: modalityNamed("text").options.parse({ minCount: 1 }),
  },
];
const tasks: TaskSpec[] = [
  {
    name: "y",
    kind: taskKinds.regression as TaskKind,
    options: taskKinds.regression.options.parse({ transform: "none" }),
    weight: 0.5,
  },
  {
    name: "kind",
    kind: taskKinds.binary as TaskKind,
    options: taskKinds.binary.options.parse({}),
    weight: 0.5,
  },
];
const training = Int32Array.of(0, 1, 2, 3);

function batchesOf(size: number): Table[] {
  return Array.from({ length: Math.ceil(table.rows / size) }, (_, b) =>
    takeRows(
      table,
      Array.from({ length: Math.min(size, table.rows - b * size) }, (_, i) => b * size + i),
    ),
  );
}

function entries({ store }: Part): Record<string, number[]> {
  const arrays = allocateBatch(store.layout, store.rows);
  store.gather(allRows(store), 0, store.rows, arrays as RowArray[]);
  return Object.fromEntries(store.layout.map((e, i) => [e.name, [...arrays[i]]]));
}

describe("learnStates", () => {
  it("learns from the asked rows alone, whatever the batches", async () => {
    const whole = await learnStates([table], inputs, tasks, { rows: training });
    for (const size of [1, 2, 3]) {
      const learned = await learnStates(batchesOf(size), inputs, tasks, { rows: training });
      expect(learned.inputs.map((i) => i.state)).toEqual(whole.inputs.map((i) => i.state));
      expect(learned.tasks.map((t) => t.state)).toEqual(whole.tasks.map((t) => t.state));
    }
    expect(whole.tasks[0].state).toMatchObject({ mean: 30, labelled: 3, missing: 1 });
    const all = await learnStates([table], inputs, tasks);
    expect(all.tasks[0].state).toMatchObject({ mean: 40 });
  });

  it("names a column that is not there", async () => {
    const wrong = [{ ...inputs[0], column: "siz" }];
    await expect(learnStates([table], wrong, tasks)).rejects.toMatchObject({
      code: "DATA_SCHEMA",
      hint: 'did you mean "size"?',
    });
  });
});

describe("encodeRows", () => {
  const planned = async () => ({
    ...(await learnStates([table], inputs, tasks, { rows: training })),
    view: "features" as const,
  });

  it("lays out inputs, presence, labels and weights, missing ones masked", async () => {
    const part = await encodeRows([table], await planned());
    const found = entries(part);
    expect(found["size.present"]).toEqual([1, 1, 0, 1, 1]);
    expect(found["words.present"]).toEqual([1, 0, 1, 1, 1]);
    expect(found["y.label"]).toEqual([10, 0, 30, 50, 70]);
    expect(found["y.weight"]).toEqual([1, 0, 1, 1, 1]);
    expect(found["kind.label"]).toEqual([0, 1, 0, 0, 1]);
    expect(found["kind.weight"]).toEqual([1, 1, 1, 0, 1]);
    expect(part.truth.y).toEqual(Float64Array.of(10, Number.NaN, 30, 50, 70));
  });

  it("gives the same in batches, and in a file", async () => {
    const plan = await planned();
    const whole = await encodeRows([table], plan);
    let files = 0;
    for (const size of [1, 2, 4]) {
      const write = (layout: Parameters<typeof fileRowWriter>[0]) =>
        fileRowWriter(layout, join(folder, `${files++}.rows`));
      const memory = await encodeRows(batchesOf(size), plan);
      const file = await encodeRows(batchesOf(size), plan, {}, write);
      for (const part of [memory, file]) {
        expect(entries(part)).toEqual(entries(whole));
        expect(part.truth).toEqual(whole.truth);
        part.store.close();
      }
    }
  });

  it("multiplies every task's weight by a column; a missing one counts 0", async () => {
    const found = entries(await encodeRows([table], { ...(await planned()), weightColumn: "w" }));
    expect(found["y.weight"]).toEqual([1, 0, 0.5, 0, 1]);
    expect(found["kind.weight"]).toEqual([1, 2, 0.5, 0, 1]);
  });

  it("keeps row weights for metrics, which count rows by them; without a column all count alike", async () => {
    const plan = { ...(await planned()), weightColumn: "w" };
    const part = await encodeRows(batchesOf(2), plan);
    expect(part.rowWeights?.()).toEqual(Float64Array.of(1, 2, 0.5, 0, 1));
    expect(part.labelled).toEqual({ y: 4, kind: 4 });
    const some = subsetPart(part, Int32Array.of(4, 1));
    expect(some.rowWeights?.()).toEqual(Float64Array.of(1, 2));
    const linker = await Linker.create(plan.tasks);
    try {
      const zeros = (rows: number) => new Float32Array(rows);
      const predictor = {
        predict: async (_: unknown, { length }: Int32Array) => ({
          y: zeros(length),
          kind: zeros(length),
        }),
      };
      const measured = async (one: Part) =>
        (await evaluatePart(predictor, linker, plan.tasks, one)).y;
      const weighted = await measured(part);
      const plain = await measured(await encodeRows([table], await planned()));
      const outputs = await linker.link(await predictor.predict(undefined, allRows(part.store)), 5);
      const error = (row: number) => Math.abs(part.truth.y[row] - Number(outputs.y.value[row]));
      expect(weighted.rows).toBe(3);
      expect(weighted.metrics.mae).toBeCloseTo((error(0) + 0.5 * error(2) + error(4)) / 2.5, 5);
      expect(plain.rows).toBe(4);
      expect(plain.metrics.mae).toBeCloseTo((error(0) + error(2) + error(3) + error(4)) / 4, 5);
    } finally {
      await linker.dispose();
    }
  });

  it("refuses negative row weights, naming the row", async () => {
    const bad = tableFromRows([
      { size: 1, note: "red", y: 1, kind: "a", w: 1 },
      { size: 2, note: "red", y: 2, kind: "b", w: -1 },
    ]);
    const plan = { ...(await planned()), weightColumn: "w" };
    await expect(encodeRows([bad], plan)).rejects.toMatchObject({
      code: "DATA_VALUE",
      message: "rows, data row 2, column w: a row weight of 0 or more; got -1",
    });
  });

  it("tells problems by their row in the whole table", async () => {
    const odd = tableFromRows(
      ["1", "2", "x", "4", "y"].map((size) => ({ size, note: "red", y: 1, kind: "a" })),
    );
    const plan = await planned();
    const told: [string, number][] = [];
    const onProblem = (input: string, row: number) => void told.push([input, row]);
    await encodeRows([odd], plan, { onProblem, rows: Int32Array.of(1, 2, 4) });
    expect(told).toEqual([
      ["size", 2],
      ["size", 4],
    ]);
  });

  it("encodes inputs at once, and tells problems and errors in their order", async () => {
    const number = modalityNamed("number");
    const log: string[] = [];
    const told: string[] = [];
    const waiting = (name: string, ticks: number, fails = false): InputSpec => ({
      name,
      column: "size",
      options: number.options.parse({}),
      modality: {
        ...number,
        network: {
          ...number.network,
          async encode(...given: Parameters<typeof number.network.encode>) {
            log.push(`${name} begins`);
            for (let i = 0; i < ticks; i++) await new Promise(setImmediate);
            given[4].problem(0, `${name} is odd`);
            log.push(`${name} ends`);
            if (fails) throw new Error(`${name} fails`);
            return number.network.encode(...given);
          },
        },
      },
    });
    const encode = async (specs: readonly InputSpec[]) => {
      const learned = await learnStates([table], specs, []);
      const onProblem = (input: string, row: number, message: string) =>
        void told.push(`${input} ${row} ${message}`);
      return encodeRows([table], { ...learned, view: "network" }, { onProblem });
    };
    const part = await encode([waiting("slow", 3), waiting("quick", 1)]);
    expect(log).toEqual(["slow begins", "quick begins", "quick ends", "slow ends"]);
    expect(told).toEqual(["slow 0 slow is odd", "quick 0 quick is odd"]);
    expect(entries(part)["quick.values"]).toEqual(entries(part)["slow.values"]);
    expect(entries(part)["quick.present"]).toEqual([1, 1, 0, 1, 1]);
    await expect(encode([waiting("slow", 3, true), waiting("quick", 1, true)])).rejects.toThrow(
      "slow fails",
    );
  });

  it("encodes rows without labels, and parts of a part", async () => {
    const plan = await planned();
    const part = await encodeRows([table], plan);
    const bare = await encodeRows([table], { ...plan, tasks: [] });
    expect(bare.truth).toEqual({});
    expect(entries(bare)["words.ids"]).toEqual(entries(part)["words.ids"]);
    const picked = subsetPart(part, Int32Array.of(4, 0));
    const direct = await encodeRows([table], plan, { rows: Int32Array.of(0, 4) });
    expect(entries(subsetPart(picked, Int32Array.of(1, 0)))).toEqual(entries(direct));
    expect([...picked.truth.y]).toEqual([70, 10]);
  });
});
