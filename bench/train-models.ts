/** The models of `models.md`, as networks of the library with its own tasks. */
import { affine, attention, split } from "../src/compiler/compose.ts";
import type { Tensor } from "../src/compiler/graph.ts";
import { sizeOf } from "../src/core/shape.ts";
import { tableFromRows } from "../src/data/from-rows.ts";
import { memoryRowStore, type RowStore } from "../src/data/rows.ts";
import { soundEncoders } from "../src/modalities/audio/encoders.ts";
import { audioOptions } from "../src/modalities/audio/state.ts";
import { encodeSequence } from "../src/modalities/sequence/sequence-options.ts";
import { textOptions } from "../src/modalities/text/state.ts";
import { readTokens } from "../src/modalities/text/token-encoder.ts";
import type { Builder } from "../src/nn/builder.ts";
import { convBlock } from "../src/nn/conv-block.ts";
import { zeros } from "../src/nn/initializers.ts";
import { layerNorm } from "../src/nn/layer-norm.ts";
import { linear } from "../src/nn/linear.ts";
import { mlp } from "../src/nn/mlp.ts";
import type { TaskKind } from "../src/tasks/task.ts";
import { taskKinds } from "../src/tasks/tasks.ts";
import type { Network } from "../src/train/network.ts";
import type { ParameterSlot } from "../src/train/parameters.ts";
import type { ProblemTask } from "../src/train/problem.ts";

/** A number is how many classes. */
type Head = "regression" | "binary" | number;

interface BenchModel {
  readonly batch: number;
  readonly input: readonly number[];
  /** Where the input is ids of tokens: how many there are, 0 for padding among them. */
  readonly tokens?: number;
  readonly trunk: (builder: Builder, x: Tensor) => Tensor;
  readonly heads: readonly Head[];
}

const perceptron = (width: number) => (b: Builder, x: Tensor) =>
  mlp(b, "trunk", x, { sizes: [width, width] });

const convolutional = (norm: "none" | "batch") => (b: Builder, x: Tensor) => {
  const first = convBlock(b, "conv1", x, { filters: 32, norm });
  const second = convBlock(b, "conv2", first, { filters: 64, norm });
  return linear(b, "dense", second.reshape([x.shape[0], -1]), 128).relu();
};

function encoderLayer(b: Builder, name: string, x: Tensor, heads: number, inner: number): Tensor {
  const [batch, length, width] = x.shape;
  return b.scope(name, () => {
    const [q, k, v] = split(
      linear(b, "qkv", layerNorm(b, "norm1", x), 3 * width)
        .reshape([batch, length, 3, heads, width / heads])
        .transpose([2, 0, 3, 1, 4]),
      [1, 1, 1],
      0,
    ).map((part) => part.squeeze(0));
    const mixed = attention(q, k, v).transpose([0, 2, 1, 3]).reshape(x.shape);
    const h = x.add(linear(b, "out", mixed, width));
    const up = linear(b, "up", layerNorm(b, "norm2", h), inner).gelu();
    return h.add(linear(b, "down", up, width));
  });
}

/** The last state of a gated recurrent unit: `[B, T, D] → [B, hidden]`. */
function gru(b: Builder, name: string, x: Tensor, hidden: number): Tensor {
  const [batch, steps, width] = x.shape;
  return b.scope(name, () => {
    const input = b.parameter("input", [width, 3 * hidden], zeros);
    const state = b.parameter("hidden", [hidden, 3 * hidden], zeros);
    const inputBias = b.parameter("inputBias", [3 * hidden], zeros);
    const stateBias = b.parameter("stateBias", [3 * hidden], zeros);
    const sizes = [hidden, hidden, hidden];
    // Steps first, so that one step's rows lie together.
    const all = affine(x.transpose([1, 0, 2]), input, inputBias);
    let h = x.graph.zeros([batch, hidden]);
    for (let t = 0; t < steps; t++) {
      const a = split(all.slice(0, t, t + 1).reshape([batch, 3 * hidden]), sizes);
      const c = split(affine(h, state, stateBias), sizes);
      const reset = a[0].add(c[0]).sigmoid();
      const keep = a[1].add(c[1]).sigmoid();
      const next = a[2].add(reset.mul(c[2])).tanh();
      h = next.add(keep.mul(h.sub(next)));
    }
    return h;
  });
}

const three: readonly Head[] = ["regression", "binary", 10];

export const trainModels = {
  mlp128: { batch: 256, input: [64], trunk: perceptron(128), heads: three },
  mlp512: { batch: 256, input: [64], trunk: perceptron(512), heads: three },
  mlp1024: { batch: 512, input: [784], trunk: perceptron(1024), heads: [...three, 20] },
  cnn: { batch: 128, input: [1, 28, 28], trunk: convolutional("none"), heads: [10] },
  cnn_bn: { batch: 128, input: [1, 28, 28], trunk: convolutional("batch"), heads: [10] },
  transformer: {
    batch: 32,
    input: [64, 128],
    trunk: (b, x) => {
      const layers = [0, 1].reduce((h, i) => encoderLayer(b, `layer${i}`, h, 4, 512), x);
      return layers.mean(1);
    },
    heads: [10],
  },
  gru: { batch: 32, input: [50, 64], trunk: (b, x) => gru(b, "gru", x, 64), heads: [10] },
  text_transformer: {
    batch: 32,
    input: [64],
    tokens: 8000,
    trunk: (b, x) => {
      const options = { encoder: "transformer", pooling: "mean", size: 128 };
      return readTokens(b, x, 8000, textOptions.parse(options)).features;
    },
    heads: [10],
  },
  audio_cnn: {
    batch: 32,
    input: [112, 40],
    trunk: (b, x) => {
      const [batch, steps] = x.shape;
      const lengths = uniform(301, batch).map(
        (u) => Math.floor(steps / 4 + (u * 3 * steps) / 4) + 1,
      );
      const places = x.graph.constant(Float64Array.from({ length: steps }, (_, t) => t));
      const mask = places.lt(x.graph.constant(lengths, [batch, 1])).cast("float32");
      return encodeSequence(b, { values: x, mask }, audioOptions.parse({}), soundEncoders).features;
    },
    heads: [10, 6],
  },
} as const satisfies Record<string, BenchModel>;

export type TrainModelName = keyof typeof trainModels;

/** Numbers `u` of the hash in `models.md`, in [0, 1). */
function uniform(number: number, length: number): Float64Array {
  const out = new Float64Array(length);
  const seed = Math.imul(number, 0x85ebca77);
  for (let k = 0; k < length; k++) {
    let h = (Math.imul(k, 0x9e3779b1) + seed) | 0;
    h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
    h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
    out[k] = ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
  }
  return out;
}

function centred(number: number, length: number): Float32Array {
  return Float32Array.from(uniform(number, length), (u) => (2 * u - 1) * Math.sqrt(3));
}

/** Writes the first weights of `models.md`: hashed matrices and filters, zero biases, scales of one. */
export function firstWeights(slots: readonly ParameterSlot[], weights: Float32Array): void {
  weights.fill(0);
  let number = 0;
  for (const { name, shape, start, size } of slots) {
    if (shape.length === 1) {
      if (name.endsWith("scale")) weights.fill(1, start, start + size);
      continue;
    }
    const fanIn = shape.length === 2 ? shape[0] : sizeOf(shape.slice(1));
    uniform(++number, size).forEach((u, i) => {
      weights[start + i] = (2 * u - 1) / Math.sqrt(fanIn);
    });
  }
}

/** The kind of a head, its options, and labels of every class it must know. */
function kindOf(head: Head): { kind: TaskKind; options: object; known: readonly number[] } {
  if (head === "regression")
    return { kind: taskKinds.regression, options: { transform: "none" }, known: [0, 1] };
  if (head === "binary") return { kind: taskKinds.binary, options: {}, known: [0, 1] };
  // Each class twice: what never repeats looks like an identifier.
  const known = Array.from({ length: 2 * head }, (_, i) => i % head);
  return { kind: taskKinds.multiclass, options: {}, known };
}

function taskOf(head: Head, at: number, heads: number): ProblemTask {
  const name = `head${at}`;
  const { kind, options: given, known } = kindOf(head);
  const options = kind.options.parse(given);
  const learning = kind.learn(options, name);
  const column = tableFromRows(known.map((y) => ({ y }))).columns.get("y");
  if (column) learning.add(column, 0);
  return { name, kind, options, state: learning.finish(), weight: 1 / heads };
}

function labelsOf(head: Head, number: number, rows: number): Float32Array {
  if (head === "regression") return centred(number, rows);
  return Float32Array.from(uniform(number, rows), (u) =>
    head === "binary" ? Number(u > 0.5) : Math.floor(u * head),
  );
}

/** Ids of texts of different lengths, with zeros after the end. */
function texts(batch: number, width: number, count: number): Int32Array {
  const lengths = uniform(301, batch).map((u) => Math.floor(width / 4 + (u * 3 * width) / 4) + 1);
  return Int32Array.from(uniform(101, batch * width), (u, i) =>
    i % width < lengths[Math.floor(i / width)] ? 1 + Math.floor(u * (count - 1)) : 0,
  );
}

/** A model as a network, and a store that holds its one batch. */
export function buildModel(name: TrainModelName): { network: Network; store: RowStore } {
  const { batch, input, tokens, trunk, heads }: BenchModel = trainModels[name];
  const dtype = tokens ? ("int32" as const) : ("float32" as const);
  const tasks = heads.map((head, i) => taskOf(head, i, heads.length));
  const network: Network = {
    feeds: [{ name: "x", dtype, shape: input }],
    tasks,
    forward: (builder, { x }) => {
      const h = trunk(builder, x);
      return Object.fromEntries(
        tasks.map((t) => [t.name, linear(builder, `${t.name}.out`, h, t.kind.outputSize(t.state))]),
      );
    },
  };
  const width = sizeOf(input);
  const layout = [
    { name: "x", dtype, width },
    ...tasks.flatMap((t) => [
      { name: `${t.name}.label`, dtype: "float32" as const, width: 1 },
      { name: `${t.name}.weight`, dtype: "float32" as const, width: 1 },
    ]),
  ];
  const arrays = [
    tokens ? texts(batch, width, tokens) : centred(101, batch * width),
    ...heads.flatMap((head, i) => [
      labelsOf(head, 201 + i, batch),
      new Float32Array(batch).fill(1),
    ]),
  ];
  return { network, store: memoryRowStore(layout, batch, arrays) };
}
