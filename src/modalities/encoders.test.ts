import { describe, expect, test } from "vitest";
import { checkGradient, type Feeds } from "../compiler/check.ts";
import { Graph, type Tensor } from "../compiler/graph.ts";
import { compileJs } from "../compiler/js/run.ts";
import { Random } from "../core/random.ts";
import { sizeOf } from "../core/shape.ts";
import type { Column } from "../data/columns.ts";
import { tableFromRows } from "../data/from-rows.ts";
import { Builder } from "../nn/builder.ts";
import { encodeColumn, learnState, strictContext } from "./contract.ts";
import { type ModalityName, modalityNamed } from "./modalities.ts";

const quiet = { ...strictContext, problem: () => {} };

/** Traces a modality's encoder on the cells of a column. */
async function traced(name: ModalityName, options: unknown, cells: readonly unknown[]) {
  const modality = modalityNamed(name);
  const column = tableFromRows(cells.map((x) => ({ x }))).columns.get("x") as Column;
  const state = await learnState(modality, options, [column], quiet);
  const encoded = await encodeColumn(modality.network, state, column, quiet);
  const builder = new Builder(new Graph(), true);
  const fed: Record<string, Tensor> = {};
  const feeds: Feeds = { present: Float64Array.from(encoded.present, Number) };
  for (const feed of modality.network.feeds(state)) {
    fed[feed.name] = builder.feed(feed.name, [cells.length, ...feed.shape], feed.dtype);
    feeds[feed.name] = Float64Array.from(encoded[feed.name] as Float32Array);
  }
  const present = builder.feed("present", [cells.length, 1]);
  const { features: output } = modality.network.encoder(
    builder,
    fed,
    present,
    state,
    modality.options.parse(options),
  );
  const random = Random.from(9, name);
  for (const spec of builder.parameters.values()) {
    const initial = new Float32Array(sizeOf(spec.shape));
    spec.initialize(initial, spec.shape, random);
    feeds[spec.name] = Float64Array.from(initial);
  }
  return { builder, output, feeds };
}

const words = ["red wine", null, "red", "", "green tea", "red tea"];

describe.each<[ModalityName, unknown, readonly unknown[], size: number, parameters: number]>([
  ["number", { bins: 2 }, [1, null, 3, 4], 4, 0],
  ["boolean", {}, [true, null, false], 2, 0],
  ["datetime", { cycles: false }, [new Date(0), null, new Date(5e9)], 2, 0],
  ["category", {}, ["a", "b", "a", "b", null, "z"], 2, 4 * 2],
  ["category", { size: 7, minCount: 1 }, ["a", "b", null, "z"], 7, 5 * 7],
  ["geo", { scales: 1 }, ["48.2,16.37", null, "1,2"], 3 + 6 + 1, 0],
  ["set", { size: 2, minCount: 1 }, [["a", "b"], ["z"], null, []], 2, (1 + 3) * 2],
  ["vector", {}, [[1, 2], [3, 5], null], 2, 0],
  [
    "vector",
    { layers: [3], activation: "tanh", size: 4 },
    [[1, 2], [3, 5], null],
    4,
    2 * 3 + 3 + 3 * 4 + 4,
  ],
  ["series", { encoder: "none", size: 3 }, [[1, 2, 4], [3, null], null], 3, 2 * 3 + 3],
  ["text", { buckets: 8, size: 3 }, words, 3, (1 + 2 + 8) * 3],
])("encoder of %s with %o", (name, options, cells, size, parameters) => {
  test("has the size and parameters it says, and finite results for missing cells", async () => {
    const { builder, output, feeds } = await traced(name, options, cells);
    expect(output.shape).toEqual([cells.length, size]);
    const count = [...builder.parameters.values()].reduce((n, p) => n + sizeOf(p.shape), 0);
    expect(count).toBe(parameters);
    const [result] = compileJs([output]).run(feeds);
    expect(result.every(Number.isFinite)).toBe(true);
  });

  test("its gradient equals central differences", async () => {
    const { builder, output, feeds } = await traced(name, options, cells);
    const wrt = [...builder.parameters.values()].map((p) => builder.graph.input(p.name, p.shape));
    if (wrt.length === 0) return;
    expect(checkGradient(output, wrt, feeds, Random.from(1)).relative).toBeLessThan(1e-7);
  });
});

test("an unknown category starts at zero, and so does an empty text", async () => {
  const category = await traced("category", {}, ["a", "a", "once"]);
  const [c] = compileJs([category.output]).run(category.feeds);
  expect([...c.slice(4)]).toEqual([0, 0]);
  expect(c[0]).not.toBe(0);
  const text = await traced("text", { size: 2 }, ["a word", ""]);
  const [t] = compileJs([text.output]).run(text.feeds);
  expect([...t.slice(2)]).toEqual([0, 0]);
  expect(t[0]).not.toBe(0);
});
