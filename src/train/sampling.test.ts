import { describe, expect, it } from "vitest";
import { memoryRowStore } from "../data/rows.ts";
import { batchSizes } from "./batches.ts";
import { heldSampler } from "./held-sampling.ts";
import { keyedSampler } from "./keyed-sampling.ts";
import { rowSampler } from "./row-sampler.ts";
import type { RowSampler, SamplingConfig } from "./sampling.ts";

const counts = [900, 90, 10];
const rows = 1000;
/** The task of each row: 900 rows of a, then 90 of b, then 10 of c. */
const taskOf = (row: number) => (row < 900 ? 0 : row < 990 ? 1 : 2);
const tasks = ["a", "b", "c"];
const store = memoryRowStore(
  tasks.map((t) => ({ name: `${t}.weight`, dtype: "float32" as const, width: 1 })),
  rows,
  tasks.map((_, k) => Float32Array.from({ length: rows }, (_, row) => Number(taskOf(row) === k))),
);
const sizes = batchSizes(rows, 64);

type Sampled = Exclude<SamplingConfig, { type: "proportional" }>;

function sharesBy(sampler: RowSampler, epochs: number) {
  const drawn = new Array<number>(rows).fill(0);
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = sampler.order(epoch);
    expect(order).toHaveLength(rows);
    for (const row of order.rows(0, rows)) drawn[row]++;
  }
  const of = (k: number) => drawn.filter((_, row) => taskOf(row) === k);
  return { drawn, of, totals: tasks.map((_, k) => of(k).reduce((a, b) => a + b, 0)) };
}

it("visits every row once an epoch where it is proportional", () => {
  const sampler = rowSampler({ type: "proportional" }, { tasks, store, sizes, seed: 1 });
  expect(sharesBy(sampler, 3).drawn.every((n) => n === 3)).toBe(true);
});

it("holds numbers of rows but of files with very many", () => {
  const place = { tasks, sizes, seed: 3 };
  const filed = { ...store, filed: true };
  const order = (of: typeof store) =>
    rowSampler({ type: "uniform" }, { ...place, store: of })
      .order(1)
      .rows(0, rows);
  expect(order(filed)).toEqual(order(store));
  const many = memoryRowStore([{ name: "a.weight", dtype: "uint8", width: 1 }], 300_000, [
    new Uint8Array(300_000).fill(1),
  ]);
  const large = { tasks: ["a"], sizes: batchSizes(300_000, 1000), seed: 3 };
  const first = (of: typeof store) =>
    rowSampler({ type: "uniform" }, { ...large, store: of })
      .order(0)
      .rows(0, 1000);
  const keyed = keyedSampler({ type: "uniform" }, { ...large, store: many }).order(0);
  expect(first({ ...many, filed: true })).toEqual(keyed.rows(0, 1000));
  expect(first(many)).not.toEqual(keyed.rows(0, 1000));
});

describe.each([
  ["held", heldSampler],
  ["keyed", keyedSampler],
])("sampling of rows by task, %s", (_, sampler) => {
  const shares = (config: Sampled, epochs: number, seed = 1) =>
    sharesBy(sampler(config, { tasks, store, sizes, seed }), epochs);

  it.each([
    ["uniform", { type: "uniform" } as const, (n: number) => n ** 0],
    ["temperature 2", { type: "temperature", temperature: 2 } as const, (n: number) => n ** 0.5],
    ["temperature 5", { type: "temperature", temperature: 5 } as const, (n: number) => n ** 0.2],
  ])("gives tasks their shares: %s", (_, config, weight) => {
    const epochs = 200;
    const { totals } = shares(config, epochs);
    const sum = counts.reduce((a, n) => a + weight(n), 0);
    totals.forEach((total, k) => {
      const expected = (weight(counts[k]) / sum) * rows * epochs;
      // Each epoch is off by less than one row, at random.
      expect(Math.abs(total - expected)).toBeLessThan(4 * Math.sqrt(epochs));
    });
  });

  it("draws the rows of a task equally often, within chance", () => {
    const { of } = shares({ type: "temperature", temperature: 2 }, 200);
    for (const k of [0, 1, 2]) {
      const drawn = of(k);
      const mean = drawn.reduce((a, b) => a + b, 0) / drawn.length;
      // Sampling without repetition varies less than a Poisson count: χ² stays below its 99.9 % point.
      const chi2 = drawn.reduce((sum, n) => sum + (n - mean) ** 2 / mean, 0);
      const df = drawn.length - 1;
      expect(chi2).toBeLessThan(df + 3.1 * Math.sqrt(2 * df) + 6.5);
      expect(Math.min(...drawn)).toBeGreaterThan(0);
    }
  });

  it("repeats no row of a task before all its rows were drawn", () => {
    const order = sampler({ type: "uniform" }, { tasks, store, sizes, seed: 4 }).order(0);
    const times = (k: number) => {
      const seen = new Map<number, number>();
      for (const row of order.rows(0, rows))
        if (taskOf(row) === k) seen.set(row, (seen.get(row) ?? 0) + 1);
      return [...seen.values()];
    };
    expect(Math.max(...times(0))).toBe(1);
    const small = times(2);
    expect(small).toHaveLength(10);
    expect(Math.max(...small) - Math.min(...small)).toBeLessThanOrEqual(1);
  });

  it("makes batches of one task each, the tasks in turn over epochs", () => {
    const turns = sampler({ type: "roundRobin" }, { tasks, store, sizes, seed: 2 });
    let turn = 0;
    for (const epoch of [0, 1]) {
      const order = turns.order(epoch);
      let start = 0;
      for (const size of sizes) {
        const batch = order.rows(start, size);
        expect([...new Set(batch.map(taskOf))]).toEqual([turn % 3]);
        start += size;
        turn++;
      }
    }
  });

  it("depends on seed and epoch alone", () => {
    const config = { type: "temperature", temperature: 3 } as const;
    const order = (seed: number, epoch: number) =>
      sampler(config, { tasks, store, sizes, seed }).order(epoch).rows(0, rows);
    expect(order(1, 5)).toEqual(order(1, 5));
    expect(order(1, 5)).not.toEqual(order(2, 5));
    expect(order(1, 5)).not.toEqual(order(1, 6));
  });

  it("counts a row under every task it has a label of, and draws no row without one", () => {
    const both = memoryRowStore(store.layout.slice(0, 2), 4, [
      Float32Array.of(1, 1, 0, 0),
      Float32Array.of(0, 1, 1, 0),
    ]);
    const of = { tasks: ["a", "b"], store: both, sizes: [4], seed: 0 };
    const { order } = sampler({ type: "uniform" }, of);
    const drawn = [0, 1, 2, 3].flatMap((epoch) => [...order(epoch).rows(0, 4)]);
    expect(new Set(drawn)).toEqual(new Set([0, 1, 2]));
  });

  it("refuses a task without labels", () => {
    const none = memoryRowStore(store.layout.slice(0, 1), 2, [new Float32Array(2)]);
    const of = { tasks: ["a"], store: none, sizes: [2], seed: 0 };
    expect(() => sampler({ type: "uniform" }, of)).toThrow(
      "training.sampling: a labelled training row of every task; task a has none",
    );
  });
});
