import { grad } from "../compiler/grad.ts";
import { concat, Graph, type Node, type Tensor } from "../compiler/graph.ts";
import { compileProgram, type Program } from "../compiler/onnx/program.ts";
import {
  type BoundRun,
  createSession,
  type OnnxSession,
} from "../compiler/onnx/session/session.ts";
import type { OnnxTensor } from "../compiler/onnx/tensor-data.ts";
import type { TypedArray } from "../core/dtype.ts";
import { Random } from "../core/random.ts";
import { sizeOf } from "../core/shape.ts";
import type { RowStore } from "../data/rows.ts";
import { Builder } from "../nn/builder.ts";
import { BatchBuffers } from "../train/batches.ts";
import type { EpochView } from "../train/loop.ts";
import type { Network } from "../train/network.ts";
import type { GradientLook } from "./fit-spec.ts";

/** Rows of a batch that is looked at, and how many batches a look takes. */
const batchRows = 256;
const batches = 4;

/** Length of a look-ahead step, as a share of that of the shared weights. */
const stepShare = 0.01;

/** The epochs after which gradients are looked at: the first, the last, and some between. */
export function lookEpochs(epochs: number): ReadonlySet<number> {
  return new Set([0, 0.25, 0.5, 0.75, 1].map((share) => Math.max(1, Math.round(share * epochs))));
}

interface SharedSlot {
  readonly name: string;
  readonly size: number;
}

/**
 * Measures how tasks pull at the parameters that they share, on batches of training rows, at the
 * weights of the moment: cosines and conflicts of their gradients, and what a step along the gradient of
 * one does to the loss of another (look-ahead affinity; here with a step of fixed relative length, so that
 * tasks of any scale and fits with any optimizer compare). @cite fifty2021
 */
export class GradientProbe {
  private readonly tasks: number;
  private readonly shared: readonly SharedSlot[];
  private readonly session: { readonly gradients: OnnxSession; readonly losses: OnnxSession };
  private readonly bound: { readonly gradients: BoundRun; readonly losses: BoundRun };
  private readonly places: ReadonlyMap<string, Float32Array>;
  private readonly gradients: readonly Float32Array[];
  private readonly results: Readonly<Record<"losses" | "counts", Float32Array>>;
  private readonly store: RowStore;
  private readonly batch: BatchBuffers;
  private readonly random: Random;

  private constructor(parts: {
    tasks: number;
    shared: readonly SharedSlot[];
    session: { gradients: OnnxSession; losses: OnnxSession };
    bound: { gradients: BoundRun; losses: BoundRun };
    places: ReadonlyMap<string, Float32Array>;
    gradients: readonly Float32Array[];
    results: Readonly<Record<"losses" | "counts", Float32Array>>;
    store: RowStore;
    batch: BatchBuffers;
    random: Random;
  }) {
    this.tasks = parts.tasks;
    this.shared = parts.shared;
    this.session = parts.session;
    this.bound = parts.bound;
    this.places = parts.places;
    this.gradients = parts.gradients;
    this.results = parts.results;
    this.store = parts.store;
    this.batch = parts.batch;
    this.random = parts.random;
  }

  /** Undefined where no parameter is shared by two tasks. */
  static async create(
    network: Network,
    store: RowStore,
    seed: number,
  ): Promise<GradientProbe | undefined> {
    const rows = Math.min(batchRows, store.rows);
    const traced = trace(network, rows);
    const { shared } = traced;
    if (shared.length === 0) return undefined;
    const tasks = network.tasks.length;
    const batch = new BatchBuffers(store.layout, rows);
    const places = new Map<string, Float32Array>();
    const results = { losses: new Float32Array(tasks), counts: new Float32Array(tasks) };
    const length = shared.reduce((sum, s) => sum + s.size, 0);
    const gradients = Array.from({ length: tasks }, () => new Float32Array(length));
    const place = (name: string, shape: readonly number[]): TypedArray => {
      if (!traced.state.has(name)) return batch.view(name, rows);
      const known = places.get(name) ?? new Float32Array(sizeOf(shape));
      places.set(name, known);
      return known;
    };
    const open = async (outputs: Record<string, Tensor>) => {
      // One thread: sums into a table are safe then, and diagnostics leave the cores to the fits.
      const program = compileProgram(outputs, { deferScatter: false });
      const session = await createSession(program.bytes, { threads: 1 });
      const output = (name: string) => {
        const plain = name.slice(0, -":out".length);
        return plain.startsWith("g:")
          ? gradients[Number(plain.slice(2))]
          : results[plain as "losses"];
      };
      const bound = session.bind(
        tensors(program.inputs, (v) => place(v.name, v.shape)),
        tensors(program.outputs, (v) => output(v.name)),
      );
      return { session, bound };
    };
    const first = await open(traced.outputs);
    const { losses, counts } = traced.outputs;
    const second = await open({ losses, counts });
    return new GradientProbe({
      tasks,
      shared,
      session: { gradients: first.session, losses: second.session },
      bound: { gradients: first.bound, losses: second.bound },
      places,
      gradients,
      results,
      store,
      batch,
      random: Random.from(seed, "gradients"),
    });
  }

  /** Looks at some random batches of training rows with the weights of an epoch. */
  async look({ epoch, layout, weights, buffers }: EpochView): Promise<GradientLook> {
    const { tasks, store, batch, places, random } = this;
    const cosine = new MeanMatrix(tasks);
    const conflicts = new MeanMatrix(tasks);
    const affinity = new MeanMatrix(tasks);
    const rows = batch.arrays[0].length / store.layout[0].width;
    const order = random.permutation(store.rows);
    for (let b = 0; b < batches; b++) {
      if (b > 0 && (b + 1) * rows > store.rows) break;
      store.gather(order, b * rows, rows, batch.arrays);
      for (const { name, start, size } of layout.slots)
        places.get(name)?.set(weights.subarray(start, start + size));
      for (const [name, values] of buffers) places.get(name)?.set(values);
      await this.bound.gradients.run();
      const labelled = Array.from(this.results.counts, (count) => count > 0);
      const before = this.results.losses.slice();
      this.compareGradients(labelled, cosine, conflicts);
      await this.stepAhead(labelled, before, affinity);
    }
    return {
      epoch,
      cosine: cosine.rows(),
      conflicts: conflicts.rows(),
      affinity: affinity.rows(),
    };
  }

  private compareGradients(
    labelled: readonly boolean[],
    cosine: MeanMatrix,
    conflicts: MeanMatrix,
  ): void {
    const norms = this.gradients.map(norm);
    for (let i = 0; i < this.tasks; i++) {
      for (let j = 0; j < this.tasks; j++) {
        if (!labelled[i] || !labelled[j] || norms[i] === 0 || norms[j] === 0) continue;
        const value = dot(this.gradients[i], this.gradients[j]) / (norms[i] * norms[j]);
        cosine.add(i, j, Math.max(-1, Math.min(1, value)));
        conflicts.add(i, j, value < 0 ? 1 : 0);
      }
    }
  }

  /** Z[i][j] = 1 − L_j(after a step along task i) / L_j. */
  private async stepAhead(
    labelled: readonly boolean[],
    before: Float32Array,
    affinity: MeanMatrix,
  ): Promise<void> {
    const { shared, places, gradients, tasks } = this;
    const start = shared.map(({ name }) => (places.get(name) as Float32Array).slice());
    const length = Math.sqrt(start.reduce((sum, values) => sum + dot(values, values), 0));
    for (let i = 0; i < tasks; i++) {
      const size = norm(gradients[i]);
      if (!labelled[i] || size === 0) continue;
      const rate = (stepShare * length) / size;
      let at = 0;
      shared.forEach(({ name }, k) => {
        const place = places.get(name) as Float32Array;
        for (let n = 0; n < place.length; n++) place[n] = start[k][n] - rate * gradients[i][at + n];
        at += place.length;
      });
      await this.bound.losses.run();
      for (let j = 0; j < tasks; j++) {
        if (!labelled[j] || Math.abs(before[j]) < 1e-12) continue;
        affinity.add(i, j, (before[j] - this.results.losses[j]) / Math.abs(before[j]));
      }
    }
    shared.forEach(({ name }, k) => {
      places.get(name)?.set(start[k]);
    });
  }

  async dispose(): Promise<void> {
    await this.session.gradients.dispose();
    await this.session.losses.dispose();
  }
}

function tensors(
  values: Program["inputs"],
  data: (value: Program["inputs"][number]) => TypedArray,
): Record<string, OnnxTensor> {
  return Object.fromEntries(
    values.map((v) => [v.name, { dtype: v.dtype, dims: v.shape, data: data(v) }]),
  );
}

/** Losses of the tasks without dropout, and each one's gradient of the shared parameters as a vector. */
function trace(
  network: Network,
  rows: number,
): {
  readonly outputs: Record<string, Tensor>;
  readonly shared: readonly SharedSlot[];
  /** Names of parameters and buffers. */
  readonly state: ReadonlySet<string>;
} {
  const graph = new Graph();
  const builder = new Builder(graph, false);
  const feeds = network.feeds.map(
    (f) => [f.name, builder.feed(f.name, [rows, ...f.shape], f.dtype)] as const,
  );
  const raw = network.forward(builder, Object.fromEntries(feeds));
  const means: Tensor[] = [];
  const counts: Tensor[] = [];
  for (const task of network.tasks) {
    const labels = builder.feed(`${task.name}.label`, [rows, task.kind.labelWidth(task.state)]);
    const weights = builder.feed(`${task.name}.weight`, [rows]);
    const count = weights.sum();
    const losses = task.kind.loss(raw[task.name], labels, task.state);
    means.push(losses.mul(weights).sum().div(count.maximum(1e-12)));
    counts.push(count);
  }
  const reached = means.map((mean) => inputsOf(mean));
  const parameters = [...builder.parameters.values()].filter(
    ({ name }) => reached.filter((names) => names.has(name)).length > 1,
  );
  const inputs = parameters.map((p) => graph.input(p.name, p.shape));
  const vector = (parts: readonly Tensor[]) => {
    const flat = parts.map((p) => p.reshape([-1]));
    return flat.length === 1 ? flat[0] : concat(flat, 0);
  };
  const outputs: Record<string, Tensor> = { losses: vector(means), counts: vector(counts) };
  if (inputs.length > 0) {
    means.forEach((mean, i) => {
      outputs[`g:${i}`] = vector(grad(mean, inputs));
    });
  }
  return {
    outputs,
    shared: parameters.map(({ name, shape }) => ({ name, size: sizeOf(shape) })),
    state: new Set([...builder.parameters.keys(), ...builder.buffers.keys()]),
  };
}

/** Names of the inputs that a value depends on. */
function inputsOf({ node }: Tensor): Set<string> {
  const names = new Set<string>();
  const seen = new Set<Node>([node]);
  const stack = [node];
  while (stack.length > 0) {
    const next = stack.pop() as Node;
    if (next.op === "input") names.add((next as Node<"input">).params.name);
    for (const input of next.inputs) {
      if (seen.has(input)) continue;
      seen.add(input);
      stack.push(input);
    }
  }
  return names;
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

function norm(a: Float32Array): number {
  return Math.sqrt(dot(a, a));
}

/** Means of what is added to the cells of a square matrix. */
class MeanMatrix {
  private readonly size: number;
  private readonly sums: Float64Array;
  private readonly counts: Float64Array;

  constructor(size: number) {
    this.size = size;
    this.sums = new Float64Array(size * size);
    this.counts = new Float64Array(size * size);
  }

  add(row: number, column: number, value: number): void {
    if (!Number.isFinite(value)) return;
    this.sums[row * this.size + column] += value;
    this.counts[row * this.size + column]++;
  }

  /** Null where nothing was added. */
  rows(): (number | null)[][] {
    const { size, sums, counts } = this;
    return Array.from({ length: size }, (_, i) =>
      Array.from({ length: size }, (__, j) => {
        const at = i * size + j;
        return counts[at] > 0 ? sums[at] / counts[at] : null;
      }),
    );
  }
}
