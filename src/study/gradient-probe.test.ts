import { describe, expect, it } from "vitest";
import { Random } from "../core/random.ts";
import { tableFromRows } from "../data/from-rows.ts";
import type { RowArray, RowStore } from "../data/rows.ts";
import { memoryRowWriter } from "../data/rows.ts";
import { zeros } from "../nn/initializers.ts";
import { taskKinds } from "../tasks/tasks.ts";
import { learnStates } from "../train/learn.ts";
import type { Network } from "../train/network.ts";
import { GradientProbe, lookEpochs } from "./gradient-probe.ts";

const rows = 40;
const width = 3;

/** Two or three tasks on one linear map of the inputs: their gradients have closed forms. */
async function setting(labels: readonly (readonly number[])[]) {
  const random = Random.from(3, "probe");
  const x = Float32Array.from({ length: rows * width }, () => random.normal());
  const names = labels.map((_, t) => `t${t}`);
  const table = tableFromRows(
    labels[0].map((_, r) => Object.fromEntries(names.map((n, t) => [n, labels[t][r]]))),
  );
  const kind = taskKinds.regression;
  const { tasks } = await learnStates(
    [table],
    [],
    names.map((name) => ({
      name,
      kind: kind as never,
      options: kind.options.parse({}),
      weight: 0.5,
    })),
  );
  const layout = [
    { name: "x", dtype: "float32" as const, width },
    ...names.flatMap((name) => [
      { name: `${name}.label`, dtype: "float32" as const, width: 1 },
      { name: `${name}.weight`, dtype: "float32" as const, width: 1 },
    ]),
  ];
  const writer = memoryRowWriter(layout);
  const columns: RowArray[] = [x];
  for (const list of labels) columns.push(Float32Array.from(list), new Float32Array(rows).fill(1));
  writer.append(rows, columns);
  const store: RowStore = writer.finish();
  const network: Network = {
    feeds: [{ name: "x", dtype: "float32", shape: [width] }],
    tasks,
    forward(builder, { x: fed }) {
      const w = builder.parameter("w", [width, 1], zeros);
      return Object.fromEntries(names.map((name) => [name, fed.matmul(w)]));
    },
  };
  return { x, store, network };
}

/** Mean squared error of a linear map, and its gradient. */
function loss(x: Float32Array, y: readonly number[], w: readonly number[]) {
  let sum = 0;
  const gradient = [0, 0, 0];
  y.forEach((label, r) => {
    const row = x.subarray(r * width, (r + 1) * width);
    const off = row.reduce((s, v, k) => s + v * w[k], 0) - label;
    sum += off * off;
    row.forEach((v, k) => {
      gradient[k] += off * v;
    });
  });
  return { value: sum / y.length, gradient };
}

describe("a look at gradients", () => {
  it("gives cosines, conflicts and look-ahead affinity as the formulas do", async () => {
    const random = Random.from(5, "labels");
    const labels = [0, 1].map(() => Array.from({ length: rows }, () => random.normal()));
    labels.push(labels[0].map((v) => -v));
    const { x, store, network } = await setting(labels);
    const w = [0.3, -0.2, 0.5];
    const probe = await GradientProbe.create(network, store, 1);
    const look = await probe?.look({
      epoch: 2,
      layout: {
        slots: [{ name: "w", shape: [width, 1], start: 0, size: width, decay: true }],
        length: width,
        shared: 0,
        packed: true,
      },
      weights: Float32Array.from(w),
      buffers: new Map(),
    });
    await probe?.dispose();
    const found = labels.map((y) => loss(x, y, w));
    const norm = (v: readonly number[]) => Math.hypot(...v);
    const cosine = (a: readonly number[], b: readonly number[]) =>
      a.reduce((s, v, k) => s + v * b[k], 0) / (norm(a) * norm(b));
    for (const [i, from] of found.entries()) {
      const rate = (0.01 * norm(w)) / norm(from.gradient);
      const stepped = w.map((v, k) => v - rate * from.gradient[k]);
      for (const [j, to] of found.entries()) {
        expect(look?.cosine[i][j]).toBeCloseTo(cosine(from.gradient, to.gradient), 4);
        expect(look?.conflicts[i][j]).toBe(cosine(from.gradient, to.gradient) < 0 ? 1 : 0);
        const after = loss(x, labels[j], stepped).value;
        expect(look?.affinity[i][j]).toBeCloseTo(1 - after / to.value, 4);
      }
    }
    expect(look?.epoch).toBe(2);
  });

  it("is there only where tasks share parameters", async () => {
    const { store, network } = await setting([
      Array.from({ length: rows }, (_, r) => r % 5),
      Array.from({ length: rows }, (_, r) => r % 3),
    ]);
    const apart: Network = {
      ...network,
      forward: (builder, { x }) =>
        Object.fromEntries(
          ["t0", "t1"].map((name) => [name, x.matmul(builder.parameter(name, [width, 1], zeros))]),
        ),
    };
    expect(await GradientProbe.create(apart, store, 1)).toBeUndefined();
  });

  it("is taken at the first epoch, the last, and some between", () => {
    expect([...lookEpochs(20)]).toEqual([1, 5, 10, 15, 20]);
    expect([...lookEpochs(2)]).toEqual([1, 2]);
    expect([...lookEpochs(1)]).toEqual([1]);
  });
});
