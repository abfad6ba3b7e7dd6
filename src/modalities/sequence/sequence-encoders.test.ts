import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { checkGradient, type Feeds } from "../../compiler/check.ts";
import { grad } from "../../compiler/grad.ts";
import { Graph } from "../../compiler/graph.ts";
import { compileJs } from "../../compiler/js/run.ts";
import { evaluateOnnx } from "../../compiler/onnx/session/evaluate.ts";
import { Random } from "../../core/random.ts";
import { references } from "../../core/references.ts";
import { sizeOf } from "../../core/shape.ts";
import { Builder } from "../../nn/builder.ts";
import { type PoolingName, poolings } from "./pooling.ts";
import type { SequenceEncoder } from "./sequence-encoder.ts";
import { sequenceEncoders } from "./sequence-encoders.ts";
import { encodeSequence, sequenceOptions } from "./sequence-options.ts";

const names = Object.keys(sequenceEncoders) as (keyof typeof sequenceEncoders)[];
const schema = z.strictObject(sequenceOptions({ encoder: "none", pooling: "mean" }));

/** Options of each encoder that are small, and others that reach further. */
const cases: Record<keyof typeof sequenceEncoders, readonly object[]> = {
  none: [{}],
  cnn: [{}, { kernels: [2, 3, 4], layers: 2, pool: 2 }],
  tcn: [{ layers: 2 }, { kernel: 2, layers: 3 }],
  gru: [{ bidirectional: false }, { layers: 2 }],
  transformer: [{ layers: 1 }, { layers: 2, heads: 2, positions: "learned" }],
};

function traced(options: unknown, rows: number, steps: number, width: number, training = false) {
  const builder = new Builder(new Graph(), training);
  const values = builder.feed("values", [rows, steps, width]);
  const mask = builder.feed("mask", [rows, steps]);
  const encoded = encodeSequence(builder, { values, mask }, schema.parse(options));
  return { builder, values, features: encoded.features, sequence: encoded.sequence };
}

/** Parameters near their first values. */
function parameters(builder: Builder, seed: number): Feeds {
  const feeds: Feeds = {};
  for (const { name, shape, initialize } of builder.parameters.values()) {
    const random = Random.from(seed, name);
    const first = new Float32Array(sizeOf(shape));
    initialize(first, shape, random);
    feeds[name] = Float64Array.from(first, (v) => v + 0.1 * random.normal());
  }
  return feeds;
}

const noise = (size: number, seed: number) => {
  const random = Random.from(seed, "noise");
  return Float64Array.from({ length: size }, () => random.normal());
};

const lengths = [6, 0, 1, 4];
const masked = (lengths: readonly number[], steps: number) =>
  Float64Array.from(lengths.flatMap((n) => Array.from({ length: steps }, (_, t) => Number(t < n))));

const every = names.flatMap((type) =>
  cases[type].flatMap((options) =>
    (Object.keys(poolings) as PoolingName[]).map((pooling) => ({
      encoder: { type, ...options },
      pooling,
      size: 4,
    })),
  ),
);

describe.each(every)("$encoder pooled by $pooling", (options) => {
  const width = 3;
  const { builder, values, features } = traced(options, lengths.length, 6, width);
  const given = parameters(builder, 1);
  const feeds = {
    ...given,
    values: noise(lengths.length * 6 * width, 2),
    mask: masked(lengths, 6),
  };
  const [whole] = compileJs([features])
    .run(feeds)
    .map((v) => v.slice());

  test("gives size numbers a row, and zeros to a row without any", () => {
    expect(features.shape).toEqual([lengths.length, 4]);
    expect([...whole.slice(4, 8)].map((v) => v + 0)).toEqual([0, 0, 0, 0]);
    expect(whole.slice(0, 4).some((v) => v !== 0)).toBe(true);
  });

  test("a padded row equals the unpadded one, in ONNX's single precision", async () => {
    const [padded] = await evaluateOnnx([features], feeds, "cpu");
    for (const [row, length] of lengths.entries()) {
      const steps = Math.max(1, length);
      // Learned positions are rows of one table, of which a shorter sequence reads the first.
      const alone = traced(options, 1, steps, width);
      const own = Object.fromEntries(
        [...alone.builder.parameters.values()].map((p) => [
          p.name,
          given[p.name].slice(0, sizeOf(p.shape)),
        ]),
      );
      const from = row * 6 * width;
      const fed = {
        ...own,
        values: feeds.values.slice(from, from + steps * width),
        mask: masked([length], steps),
      };
      const [single] = await evaluateOnnx([alone.features], fed, "cpu");
      for (let i = 0; i < 4; i++) {
        expect(Math.abs(single[i] - padded[row * 4 + i])).toBeLessThan(1e-6);
      }
    }
  });

  test("what absent places hold does not matter", () => {
    const changed = feeds.values.map((v, i) =>
      feeds.mask[Math.floor(i / width)] > 0 ? v : 50 + v,
    );
    const [other] = compileJs([features]).run({ ...feeds, values: changed });
    other.forEach((v, i) => {
      expect(Math.abs(v - whole[i])).toBeLessThan(1e-12);
    });
  });

  test("its gradient equals central differences", () => {
    const wrt = [...builder.parameters.values()].map((p) => builder.graph.input(p.name, p.shape));
    const error = checkGradient(features, [values, ...wrt], feeds, Random.from(3));
    expect(error.relative).toBeLessThan(1e-6);
  });
});

interface Recorded {
  readonly config: { readonly type: string };
  readonly x: readonly number[];
  readonly label: readonly number[];
  readonly parameters: Readonly<Record<string, readonly number[]>>;
  readonly vectors: readonly number[];
  readonly gradients: Readonly<Record<string, readonly number[]>>;
}

const peers = JSON.parse(readFileSync(new URL("fixtures/peers.json", import.meta.url), "utf8"));

describe.each(["gru", "transformer", "cnn", "tcn"] as const)("%s equals PyTorch's", (name) => {
  const recorded: Recorded = peers[name];
  const steps = 5;
  const rows = peers.lengths.length;
  const options = { encoder: recorded.config, size: 4 };
  const { builder, values, sequence } = traced(options, rows, steps, 3);
  const scoped = Object.fromEntries(
    Object.entries(recorded.parameters).map(([n, v]) => [`sequence.${n}`, v]),
  );
  const mask = masked(peers.lengths, steps);
  const feeds = { ...scoped, values: recorded.x, mask, label: recorded.label };
  if (sequence === undefined) throw new Error("a sequence");
  const seen = builder.graph.input("mask", [rows, steps]).unsqueeze(2);
  const vectors = sequence.values.mul(seen);

  test("in its parameters", () => {
    expect([...builder.parameters.keys()].sort()).toEqual(Object.keys(scoped).sort());
  });

  test("in vectors and in every gradient", () => {
    const label = builder.graph.input("label", vectors.shape);
    const loss = vectors.sub(label).mul(seen).sumSquares().mul(0.5);
    const specs = [...builder.parameters.values()];
    const wrt = [values, ...specs.map((p) => builder.graph.input(p.name, p.shape))];
    const [got, ...gradients] = compileJs([vectors, ...grad(loss, wrt)]).run(feeds);
    const expected = [
      recorded.vectors,
      recorded.gradients.x,
      ...specs.map((p) => recorded.gradients[p.name.replace("sequence.", "")]),
    ];
    [got, ...gradients].forEach((out, i) => {
      expect(out.length).toBe(expected[i].length);
      expected[i].forEach((v, j) => {
        expect(Math.abs(out[j] - v)).toBeLessThan(1e-9 * (1 + Math.abs(v)));
      });
    });
  });
});

describe.each(Object.entries<SequenceEncoder>(sequenceEncoders))("%s", (name, encoder) => {
  test("is named as in the table and cites what there is", () => {
    expect(encoder.name).toBe(name);
    for (const key of encoder.cite ?? []) expect(references).toHaveProperty(key);
  });

  test("drops activations while training alone", () => {
    const options = { encoder: name, dropout: 0.3, size: 4 };
    expect(traced(options, 2, 3, 3, true).builder.masks.length).toBeGreaterThan(0);
    expect(traced(options, 2, 3, 3, false).builder.masks).toEqual([]);
  });
});

test("a transformer's heads divide its size", () => {
  expect(() => traced({ encoder: { type: "transformer", heads: 3 }, size: 4 }, 1, 2, 3)).toThrow(
    "encoder.heads: a number that divides size, 4; got 3",
  );
});

test("the last vector of a unit that reads both ways holds both ends", () => {
  const both = traced({ encoder: "gru", pooling: "last", size: 4 }, 1, 3, 2);
  const given = parameters(both.builder, 5);
  const values = noise(6, 6);
  const run = (mask: number[]) => {
    if (both.sequence === undefined) throw new Error("a sequence");
    const outputs = compileJs([both.features, both.sequence.values]);
    return outputs.run({ ...given, values, mask }).map((v) => [...v]);
  };
  const [pooled, vectors] = run([1, 1, 0]);
  expect(pooled).toEqual([...vectors.slice(4, 6), ...vectors.slice(2, 4)]);
  const [across, steps] = run([0, 1, 1]);
  expect(across).toEqual([...steps.slice(8, 10), ...steps.slice(6, 8)]);
});
