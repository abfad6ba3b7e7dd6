import { describe, expect, test } from "vitest";
import { checkGradient, type Feeds } from "../../compiler/check.ts";
import { Graph, type Tensor } from "../../compiler/graph.ts";
import { compileJs } from "../../compiler/js/run.ts";
import { Random } from "../../core/random.ts";
import { sizeOf } from "../../core/shape.ts";
import { Builder } from "../../nn/builder.ts";
import { maskedBatchNorm } from "../../nn/masked-batch-norm.ts";
import { audio } from "./audio.ts";
import { soundEncoders } from "./encoders.ts";
import { farthest } from "./fixtures/wav-file.ts";
import type { AudioState } from "./state.ts";

const bands = 6;
const lengths = [5, 9, 0, 1];
const random = Random.from(4, "frames");
const longest = Math.max(...lengths);
/** Frames of each recording, and what the places after its end hold. */
const cells = lengths.map((length) =>
  Array.from({ length: length * bands }, () => random.normal()),
);

/** Traces the encoder over room for `frames`, with noise where recordings have ended. */
function traced(options: object, frames: number, training: boolean) {
  const builder = new Builder(new Graph(), training);
  const parsed = audio.options.parse({ size: 8, ...options });
  const fed = {
    frames: builder.feed("frames", [lengths.length, frames, bands]),
    length: builder.feed("length", [lengths.length], "int32"),
  };
  const present = builder.feed("present", [lengths.length, 1]);
  const state = { frames, bands } as AudioState;
  const encoded = audio.network.encoder(builder, fed, present, state, parsed);
  const values = new Float64Array(lengths.length * frames * bands).map(() => 50 * random.normal());
  cells.forEach((cell, row) => {
    values.set(cell, row * frames * bands);
  });
  const feeds: Feeds = { frames: values, length: Float64Array.from(lengths) };
  for (const spec of builder.parameters.values()) {
    const initial = new Float32Array(sizeOf(spec.shape));
    spec.initialize(initial, spec.shape, Random.from(9, spec.name));
    feeds[spec.name] = Float64Array.from(initial);
  }
  for (const buffer of builder.buffers.values())
    feeds[buffer.name] = new Float64Array(sizeOf(buffer.shape)).fill(buffer.initial + 0.25);
  return { builder, encoded, feeds };
}

const small = { type: "spectrogram", filters: [3, 4] };
const encoders = Object.keys(soundEncoders).map((type) => (type === small.type ? small : { type }));

describe.each(encoders)("encoder $type", (encoder) => {
  test.each(["mean", "max", "attention", "last"])(
    "a row is the same beside longer ones, by %s",
    (pooling) => {
      for (const training of [false, true]) {
        const run = (frames: number) => {
          const { encoded, feeds } = traced({ encoder, pooling }, frames, training);
          return compileJs([encoded.features]).run(feeds)[0];
        };
        const bare = run(longest);
        expect(bare.every(Number.isFinite)).toBe(true);
        expect(Math.max(...bare.map(Math.abs))).toBeLessThan(50);
        for (const more of [1, 7]) expect(farthest(run(longest + more), bare)).toBeLessThan(1e-9);
      }
    },
  );

  test("gives a vector for a recording's frames, and none after its end", () => {
    const { encoded, feeds } = traced({ encoder }, longest, false);
    const { values, mask } = encoded.sequence as { values: Tensor; mask: Tensor };
    expect(values.shape).toEqual([lengths.length, mask.shape[1], 8]);
    const [there] = compileJs([mask]).run(feeds);
    const steps = mask.shape[1];
    const every = encoder.type === "spectrogram" ? 4 : 1;
    lengths.forEach((length, row) => {
      const mine = [...there.subarray(row * steps, (row + 1) * steps)];
      const own = Math.ceil(length / every);
      expect(mine).toEqual(mine.map((_, t) => (t < own ? 1 : 0)));
    });
  });

  test("its gradient equals central differences", () => {
    const { builder, encoded, feeds } = traced({ encoder, size: 4 }, longest, true);
    const wrt = [...builder.parameters.values()].map((p) => builder.graph.input(p.name, p.shape));
    const { relative } = checkGradient(encoded.features, wrt, feeds, Random.from(1));
    expect(relative).toBeLessThan(1e-6);
  });
});

test("masked batch norm is batch norm of what the mask shows", () => {
  const builder = new Builder(new Graph(), true);
  const x = builder.feed("x", [3, 2, 4, 2]);
  const mask = builder.feed("mask", [3, 1, 4, 1]);
  const y = maskedBatchNorm(builder, "norm", x, mask).mul(mask);
  const values = Float64Array.from({ length: 48 }, () => 3 + 2 * random.normal());
  const shown = Float64Array.of(1, 1, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1);
  const [got] = compileJs([y]).run({
    x: values,
    mask: shown,
    "norm.scale": Float64Array.of(1, 2),
    "norm.shift": Float64Array.of(0, 5),
  });
  for (const channel of [0, 1]) {
    const places: number[] = [];
    for (let row = 0; row < 3; row++)
      for (let t = 0; t < 4; t++)
        for (let m = 0; m < 2; m++)
          if (shown[row * 4 + t]) places.push(((row * 2 + channel) * 4 + t) * 2 + m);
    const mean = places.reduce((sum, at) => sum + values[at], 0) / places.length;
    const spread = places.reduce((sum, at) => sum + (values[at] - mean) ** 2, 0) / places.length;
    const want = places.map((at) => (values[at] - mean) / Math.sqrt(spread + 1e-5));
    const scaled = want.map((v) => (channel === 0 ? v : 2 * v + 5));
    expect(
      farthest(
        places.map((at) => got[at]),
        scaled,
      ),
    ).toBeLessThan(1e-9);
  }
});
