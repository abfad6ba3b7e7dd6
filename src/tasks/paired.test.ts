/** Losses against those of PyTorch; `fixtures/paired.py` wrote the numbers. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { grad } from "../compiler/grad.ts";
import { Graph } from "../compiler/graph.ts";
import { compileJs } from "../compiler/js/run.ts";
import type { Column } from "../data/columns.ts";
import { tableFromRows } from "../data/from-rows.ts";
import type { Outputs, TaskKind } from "./task.ts";
import { objectiveKinds } from "./tasks.ts";

interface Expected {
  readonly losses: number[];
  readonly gradient: number[];
}

const fixture = JSON.parse(
  readFileSync(new URL("./fixtures/paired.json", import.meta.url), "utf8"),
) as {
  readonly size: number;
  readonly raw: number[];
  readonly bias: number;
  readonly classes: number[];
  readonly infoNCE: Expected;
  readonly class: Expected;
  readonly sigmoid: Expected;
};
const rows = fixture.classes.length;
const { size } = fixture;

function stateOf(kind: TaskKind, options: Record<string, unknown> = {}, column?: Column) {
  const given = kind.options.parse({ inputs: ["photo", "title"], size, ...options });
  const learning = kind.learn(given, "match");
  if (column) learning.add(column, 0);
  return learning.finish();
}

const kinds = tableFromRows(
  fixture.classes.map((c) => ({ kind: c === 0 ? null : `k${c}` })),
).columns.get("kind") as Column;

describe("contrastive losses and gradients are those of PyTorch, missing sides left out", () => {
  const kind: TaskKind = objectiveKinds.contrastive;

  it.each([
    ["infoNCE", {}],
    ["class", { positives: "class", relevant: "kind" }],
    ["sigmoid", { loss: "sigmoid" }],
  ] as const)("%s", (name, options) => {
    const state = stateOf(kind, options, kinds);
    const width = kind.outputSize(state);
    const raw = new Float64Array(rows * width);
    for (let row = 0; row < rows; row++) {
      raw.set(fixture.raw.slice(row * 2 * size, (row + 1) * 2 * size), row * width);
      if (width > 2 * size) raw[row * width + 2 * size] = fixture.bias;
    }
    const labels = new Float32Array(rows);
    kind.encode(state, kinds, labels, new Float32Array(rows).fill(1), 0);
    const graph = new Graph();
    const x = graph.input("raw", [rows, width]);
    const loss = kind.loss(x, graph.input("labels", [rows, 1]), state);
    expect(loss.shape).toEqual([rows]);
    const [each, slope] = compileJs([loss, grad(loss.sum(), [x])[0]]).run({ raw, labels });
    const expected = fixture[name];
    expected.losses.forEach((value, i) => {
      expect(Math.abs(each[i] - value)).toBeLessThan(1e-9 * Math.max(1, value));
    });
    for (let row = 0; row < rows; row++) {
      for (let k = 0; k < 2 * size; k++) {
        const found = slope[row * width + k];
        expect(Math.abs(found - expected.gradient[row * 2 * size + k])).toBeLessThan(1e-9);
      }
    }
    expect(each[2]).toBe(0);
    expect(each[6]).toBe(0);
  });

  it("judges held-out rows by the same loss", () => {
    const state = stateOf(kind);
    const x = new Graph().input("raw", [rows, 2 * size]);
    const linked = kind.link(x, state);
    const values = compileJs(Object.values(linked)).run({ raw: fixture.raw });
    const outputs: Outputs = Object.fromEntries(
      Object.keys(linked).map((name, i) => [name, Float64Array.from(values[i])]),
    );
    const truth = new Float64Array(rows);
    fixture.infoNCE.losses.forEach((value, row) => {
      const judged = kind.judge(state, truth, outputs, row);
      if (row === 2 || row === 6) expect(judged).toBeUndefined();
      else expect(Math.abs((judged?.loss ?? 0) - value)).toBeLessThan(1e-6);
    });
  });

  it("a batch of one row has nothing to tell apart", () => {
    const state = stateOf(kind);
    const graph = new Graph();
    const x = graph.input("raw", [1, 2 * size]);
    const loss = kind.loss(x, graph.input("labels", [1, 1]), state);
    const [each, slope] = compileJs([loss, grad(loss.sum(), [x])[0]]).run({
      raw: fixture.raw.slice(0, 2 * size),
      labels: [0],
    });
    expect(Math.abs(each[0])).toBeLessThan(1e-12);
    expect(Math.max(...slope.map(Math.abs))).toBeLessThan(1e-12);
  });

  it("classes as positives need a column", () => {
    expect(() => stateOf(kind, { positives: "class" })).toThrow(
      /tasks\.match\.positives: a column of classes under `relevant`; got none/,
    );
  });
});

describe.each(Object.values(objectiveKinds) as TaskKind[])("$name", (kind) => {
  const state = stateOf(kind);

  it("keeps its state as plain data and is never guessed from a column", () => {
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
    expect(kind.storage.length).toBeGreaterThan(0);
    expect(kind.prior(state)).toHaveLength(kind.outputSize(state));
  });

  it("its prior is at chance, and its results are plain", () => {
    const prior = kind.prior(state);
    const raw = Float64Array.from({ length: 30 * prior.length }, (_, i) => prior[i % prior.length]);
    const linked = kind.link(new Graph().input("raw", [30, prior.length]), state);
    const values = compileJs(Object.values(linked)).run({ raw });
    const outputs: Outputs = Object.fromEntries(
      Object.keys(linked).map((name, i) => [name, Float64Array.from(values[i])]),
    );
    const truth = new Float64Array(30);
    const { metrics } = kind.evaluate(state, truth, outputs);
    expect(metrics.recallAt1Forward).toBeCloseTo(1 / 30, 9);
    expect(metrics.medianRankBackward).toBe(15.5);
    const detail = kind.detail(state, truth, outputs);
    expect(JSON.parse(JSON.stringify(detail))).toEqual(detail);
    const ranks = detail.retrieval?.directions[0].ranks ?? [];
    expect(ranks.reduce((sum, r) => sum + r.queries, 0)).toBe(30);
    expect(ranks.at(-1)?.upTo).toBe(30);
  });

  it("says of a row without a side that it is missing", () => {
    const photo = new Float32Array(2 * size);
    photo[0] = 1;
    const said = kind.decode(state, { photo, title: photo }, 0) as {
      similarity: number;
      embeddings: Record<string, number[] | null>;
    };
    expect(said.similarity).toBe(1);
    const without = kind.decode(state, { photo, title: photo }, 1) as typeof said;
    expect(without.similarity).toBeNaN();
    expect(without.embeddings).toEqual({ photo: null, title: null });
  });
});
