import { describe, expect, it } from "vitest";
import { checkGradient } from "../../compiler/check.ts";
import { Graph } from "../../compiler/graph.ts";
import { compileJs } from "../../compiler/js/run.ts";
import { answerWidth, type CellTarget, sizeOfTarget } from "../../core/cell-target.ts";
import { Random } from "../../core/random.ts";
import { Builder } from "../../nn/builder.ts";
import { pictureDecoder } from "../../nn/picture-decoder.ts";
import { reconstruction } from "../reconstruction.ts";
import type { Outputs, TaskKind } from "../task.ts";
import type { CellsState } from "./state.ts";

const nan = Number.NaN;
const entropy = (p: number) => -p * Math.log(p) - (1 - p) * Math.log(1 - p);

const size: CellTarget = {
  form: "values",
  shape: [2],
  mean: [10, -1],
  scale: [2, 0.5],
  spread: 1,
  shows: "numbers",
  reading: null,
};
const tags: CellTarget = {
  form: "members",
  shape: [3],
  labels: ["a", "b", "c"],
  mean: [0.5, 0.25, 0.25],
  scale: [],
  spread: entropy(0.5) + 2 * entropy(0.25),
  shows: "names",
  reading: null,
};
const sort: CellTarget = {
  form: "class",
  shape: [2],
  labels: ["x", "y"],
  mean: [0.75, 0.25],
  scale: [],
  spread: entropy(0.25),
  shows: "names",
  reading: null,
};

const kind = reconstruction as unknown as TaskKind<unknown, CellsState>;
const all: CellsState = {
  task: "guess",
  sides: ["photo", "rest"],
  cells: [
    { input: "size", target: size },
    { input: "tags", target: tags },
    { input: "sort", target: sort },
  ],
};
// Four rows: means over them are those of the targets; one has only its class.
const truth = Float64Array.of(
  ...[12, -0.5, 1, 1, 0, 0],
  ...[8, -1.5, 0, 0, 1, 0],
  ...[nan, -1, 1, 0, 0, 1],
  ...[nan, nan, nan, nan, nan, 0],
);
const rows = 4;

/** Outputs as the model gives them for raw ones. */
function linked(state: CellsState, raw: Float64Array): Outputs {
  const tensors = kind.link(new Graph().input("raw", [rows, raw.length / rows]), state);
  const values = compileJs(Object.values(tensors)).run({ raw });
  return Object.fromEntries(
    Object.keys(tensors).map((name, i) => [name, Float64Array.from(values[i])]),
  );
}

function losses(state: CellsState, raw: Float64Array, own = truth): number[] {
  const labels = new Float32Array(own.length);
  kind.objective?.answers?.label(state, own, labels);
  const graph = new Graph();
  const x = graph.input("raw", [rows, raw.length / rows]);
  const loss = kind.loss(x, graph.input("labels", [rows, own.length / rows]), state);
  expect(loss.shape).toEqual([rows]);
  return [...compileJs([loss]).run({ raw, labels: Float64Array.from(labels) })[0]];
}

const repeated = (row: Float64Array) =>
  Float64Array.from({ length: rows * row.length }, (_, i) => row[i % row.length]);

describe("a task that predicts cells", () => {
  it("has outputs of the shapes of its cells, and a place for each", () => {
    expect(kind.outputSize(all)).toBe(7);
    expect(kind.labelWidth(all)).toBe(6);
    expect(kind.outputs(all).map(({ name, shape, labels }) => ({ name, shape, labels }))).toEqual([
      { name: "size", shape: [2], labels: undefined },
      { name: "tags", shape: [3], labels: ["a", "b", "c"] },
      { name: "sort", shape: [2], labels: ["x", "y"] },
    ]);
    const alone = { ...all, cells: all.cells.slice(0, 1) };
    expect(kind.outputs(alone).map(({ name }) => name)).toEqual(["value"]);
    for (const { target } of all.cells)
      expect([sizeOfTarget(target) >= answerWidth(target)]).toEqual([true]);
    expect(JSON.parse(JSON.stringify(all))).toEqual(all);
  });

  it("its prior gives the training means, which explain nothing and lose 1 a training cell", () => {
    const raw = repeated(kind.prior(all));
    const outputs = linked(all, raw);
    expect([...(outputs.size as Float64Array)].slice(0, 2)).toEqual([10, -1]);
    (outputs.tags as Float64Array).slice(0, 3).forEach((p, i) => {
      expect(p).toBeCloseTo(tags.mean[i], 6);
    });
    expect((outputs.sort as Float64Array)[1]).toBeCloseTo(0.25, 6);
    const { metrics, rows: labelled } = kind.evaluate(all, truth, outputs);
    expect(metrics.explained).toBe(0);
    expect(labelled).toBe(4);
    expect(metrics).toMatchObject({ accuracy: 0.75 });
    // Numbers: 1, 1 and, of the third row, 0; members and classes by their nats.
    const nats = (p: number) => -Math.log(p) / sort.spread;
    const name = (own: readonly number[]) =>
      own.reduce((sum, x, i) => sum - Math.log(x ? tags.mean[i] : 1 - tags.mean[i]), 0) /
      tags.spread;
    const expected = [
      (1 + name([1, 1, 0]) + nats(0.75)) / 3,
      (1 + name([0, 0, 1]) + nats(0.75)) / 3,
      (0 + name([1, 0, 0]) + nats(0.25)) / 3,
      nats(0.75),
    ];
    losses(all, raw).forEach((loss, row) => {
      expect(loss).toBeCloseTo(expected[row], 5);
    });
  });

  it("judges rows by the loss that trains, and leaves out what is missing", () => {
    const random = Random.from(3);
    const raw = Float64Array.from({ length: rows * 7 }, () => random.normal());
    const outputs = linked(all, raw);
    losses(all, raw).forEach((loss, row) => {
      expect(kind.judge(all, truth, outputs, row)?.loss).toBeCloseTo(loss, 5);
    });
    const blank = new Float64Array(truth.length).fill(nan);
    expect(losses(all, raw, blank)).toEqual([0, 0, 0, 0]);
    expect(kind.judge(all, blank, outputs, 0)).toBeUndefined();
    expect(kind.evaluate(all, blank, outputs)).toMatchObject({ rows: 0 });
    // What is predicted of missing numbers changes nothing.
    const other = raw.slice();
    other.set([9, 9, 9, 9, 9], 3 * 7);
    expect(losses(all, other)).toEqual(losses(all, raw));
  });

  it("its gradient is that of its loss", () => {
    const labels = new Float32Array(truth.length);
    kind.objective?.answers?.label(all, truth, labels);
    const graph = new Graph();
    const x = graph.input("raw", [rows, 7]);
    const loss = kind.loss(x, graph.input("labels", [rows, 6]), all);
    const random = Random.from(5);
    const feeds = {
      raw: Float64Array.from({ length: rows * 7 }, () => random.normal()),
      labels: Float64Array.from(labels),
    };
    expect(checkGradient(loss, [x], feeds, random).relative).toBeLessThan(1e-6);
  });

  it("ranks members: precision and average precision by hand", () => {
    const state = { ...all, cells: [all.cells[1]] };
    const own = Float64Array.of(1, 0, 1, 0, 1, 0, nan, nan, nan, 0, 0, 0);
    const value = Float64Array.of(0.9, 0.8, 0.7, 0.6, 0.2, 0.4, 0.1, 0.1, 0.1, 0.5, 0.5, 0.5);
    const { metrics, rows: labelled } = kind.evaluate(state, own, { value });
    expect(labelled).toBe(3);
    // (1/1 + 2/3)/2, and 1/3; the last cell has no member.
    expect(metrics.averagePrecision).toBeCloseTo((5 / 6 + 1 / 3) / 2, 12);
    expect(metrics.precisionAt5).toBeCloseTo((2 / 5 + 1 / 5 + 0) / 3, 12);
    const weights = Float64Array.of(0, 1, 1, 0);
    expect(kind.evaluate(state, own, { value }, weights).metrics.averagePrecision).toBeCloseTo(
      1 / 3,
      12,
    );
  });

  it("says what it predicts, of an only input without its name", () => {
    const outputs = linked(all, repeated(Float64Array.of(1, 2, 3, 1, -4, -1, 1)));
    const told = kind.decode(all, outputs, 2) as Record<string, { value: unknown }>;
    expect(told.size).toEqual({ value: [12, 0] });
    expect(told.tags.value).toEqual(["a", "b"]);
    expect(told.sort.value).toBe("y");
    const alone = {
      ...all,
      cells: [{ input: "photo", target: { ...size, shape: [1, 1, 2], shows: "picture" } }],
    };
    const picture = kind.decode(alone as CellsState, { value: Float64Array.of(0.5, 7) }, 0);
    expect(picture).toEqual({ value: { height: 1, width: 1, channels: 2, pixels: [128, 255] } });
    const place = {
      ...size,
      shape: [3],
      mean: [0, 0, 0],
      scale: [1, 1, 1],
      shows: "place" as const,
    };
    const found = kind.decode(
      { ...all, cells: [{ input: "where", target: place }] },
      { value: Float64Array.of(0, 0.5, 0.5) },
      0,
    ) as { value: { lat: number; lon: number } };
    expect(found.value.lat).toBeCloseTo(45, 9);
    expect(found.value.lon).toBeCloseTo(90, 9);
  });
});

describe("the network that draws", () => {
  it.each([8, 16, 32])(
    "draws pictures of %d × %d from features, nearly nothing at the start",
    (side) => {
      const builder = new Builder(new Graph(), true);
      const x = builder.feed("x", [2, 5]);
      const drawn = pictureDecoder(builder, "draw", x, { side, channels: 3 });
      expect(drawn.shape).toEqual([2, side, side, 3]);
      const feeds: Record<string, Float64Array> = {
        x: Float64Array.from({ length: 10 }, (_, i) => i / 5),
      };
      for (const { name, shape, initialize } of builder.parameters.values()) {
        const start = new Float32Array(shape.reduce((a, b) => a * b, 1));
        initialize(start, shape, Random.from(1, name));
        feeds[name] = Float64Array.from(start);
      }
      const [values] = compileJs([drawn]).run(feeds);
      const mean = values.reduce((sum, v) => sum + v ** 2, 0) / values.length;
      expect(mean).toBeGreaterThan(0);
      expect(mean).toBeLessThan(0.5);
    },
  );
});
