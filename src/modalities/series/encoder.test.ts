import { describe, expect, test } from "vitest";
import { checkGradient, type Feeds } from "../../compiler/check.ts";
import { Graph, type Tensor } from "../../compiler/graph.ts";
import { compileJs } from "../../compiler/js/run.ts";
import { Random } from "../../core/random.ts";
import { sizeOf } from "../../core/shape.ts";
import type { Column } from "../../data/columns.ts";
import { tableFromRows } from "../../data/from-rows.ts";
import { Builder } from "../../nn/builder.ts";
import { encodeColumn, learnState } from "../contract.ts";
import { sequenceEncoders } from "../sequence/sequence-encoders.ts";
import { series } from "./series.ts";
import type { SeriesState } from "./state.ts";

const column = (cells: readonly unknown[]) =>
  tableFromRows(cells.map((x) => ({ x }))).columns.get("x") as Column;

const random = Random.from(4, "series");
const cells = [3, 6, 1, 4].map((steps) =>
  Array.from({ length: steps }, (_, t) =>
    t === 1 ? [null, 0.5] : [random.normal(), random.normal()],
  ),
);

/** Traces the encoder over cells as they are encoded with room for some steps. */
async function traced(options: object, some: readonly unknown[], steps: number) {
  const parsed = { size: 8, ...options };
  const learned: SeriesState = await learnState(series, parsed, [column(cells)]);
  const state = { ...learned, steps };
  const encoded = await encodeColumn(series.network, state, column(some));
  const builder = new Builder(new Graph(), true);
  const feeds: Feeds = {};
  const fed: Record<string, Tensor> = {};
  for (const { name, dtype, shape } of series.network.feeds(state)) {
    fed[name] = builder.feed(name, [some.length, ...shape], dtype);
    feeds[name] = Float64Array.from(encoded[name] as Float32Array);
  }
  const present = builder.feed("present", [some.length, 1]);
  const out = series.network.encoder(builder, fed, present, state, series.options.parse(parsed));
  for (const spec of builder.parameters.values()) {
    const initial = new Float32Array(sizeOf(spec.shape));
    spec.initialize(initial, spec.shape, Random.from(9, spec.name));
    feeds[spec.name] = Float64Array.from(initial);
  }
  return { builder, out, feeds };
}

const every = Object.keys(sequenceEncoders).flatMap((encoder) =>
  ["mean", "max", "attention", "last"].map((pooling) => ({ encoder, pooling })),
);

describe.each(every)("encoder $encoder, $pooling", (options) => {
  test("a padded row equals the row without padding", async () => {
    const size = 8;
    const padded = await traced(options, cells, 11);
    const [all] = compileJs([padded.out.features]).run(padded.feeds);
    expect(padded.out.features.shape).toEqual([cells.length, size]);
    expect(all.some((x) => Math.abs(x) > 1e-3)).toBe(true);
    for (const [row, cell] of cells.entries()) {
      const alone = await traced(options, [cell], cell.length);
      const [own] = compileJs([alone.out.features]).run(alone.feeds);
      own.forEach((x, i) => {
        expect(all[row * size + i]).toBeCloseTo(x, 10);
      });
    }
  });
});

test.each(["tcn", "gru", "transformer", "cnn"])(
  "the gradient of %s equals central differences",
  async (encoder) => {
    const { builder, out, feeds } = await traced({ encoder, size: 4 }, cells, 7);
    const wrt = [...builder.parameters.values()].map((p) => builder.graph.input(p.name, p.shape));
    expect(checkGradient(out.features, wrt, feeds, Random.from(1)).relative).toBeLessThan(1e-6);
  },
);

test("noise falls on values that are there alone, the same for the same draws", async () => {
  const state = await learnState(series, {}, [column(cells)]);
  const augment = series.network.augment?.(state, series.options.parse({ noise: 0.5 }));
  expect(series.network.augment?.(state, series.options.parse({}))).toBeUndefined();
  const run = async (seed: number) => {
    const { values, length } = await encodeColumn(series.network, state, column(cells));
    augment?.([values, length], cells.length, Random.from(seed));
    return [...values].map(Number);
  };
  const [plain, a, b] = [
    [...(await encodeColumn(series.network, state, column(cells))).values].map(Number),
    await run(1),
    await run(1),
  ];
  expect(a).toEqual(b);
  const width = 4;
  a.forEach((x, i) => {
    const [row, step, k] = [Math.floor(i / (6 * width)), Math.floor(i / width) % 6, i % width];
    const there = step < cells[row].length && k < 2 && !(step === 1 && k === 0);
    if (there) expect(x).not.toBe(plain[i]);
    else expect(x).toBe(plain[i]);
  });
});
