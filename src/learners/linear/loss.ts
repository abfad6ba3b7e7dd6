import { setImmediate } from "node:timers/promises";
import { grad } from "../../compiler/grad.ts";
import { Graph, type Tensor } from "../../compiler/graph.ts";
import { compileProgram } from "../../compiler/onnx/program.ts";
import {
  type BoundRun,
  createSession,
  type OnnxSession,
} from "../../compiler/onnx/session/session.ts";
import { allocate, type TypedArray } from "../../core/dtype.ts";
import { sizeOf } from "../../core/shape.ts";
import type { RowStore } from "../../data/rows.ts";
import { BatchBuffers } from "../../train/batches.ts";
import type { Pulled } from "./around.ts";
import { type Design, denseFeatures } from "./design.ts";
import { stopIfAborted } from "./interrupted.ts";
import {
  addSparseProduct,
  addTransposedSparseProduct,
  type ColumnRange,
  type SparseRows,
} from "./sparse.ts";

/** Numbers of one chunk of rows, at most. */
const chunkElements = 4_000_000;

export interface LossOptions {
  readonly threads: number;
  readonly signal?: AbortSignal;
  /** Rows computed at once; as many as fit in some tens of megabytes by default. */
  readonly chunkRows?: number;
  /** The weights of a trained model: what is solved for is then the change from them. */
  readonly around?: Pulled;
}

/** The mean loss of every task over its labelled rows, as a function of all weights. */
export interface TaskLosses {
  /** Sum of row weights of each task; 0 where it has no label. */
  readonly counts: Float64Array;
  /**
   * Each task's mean loss at `x [features + 1, outputs]`; `gradient` becomes that of their sum. Tasks that are not
   * `asked` for may be left out of both.
   */
  evaluate(
    x: Float64Array,
    gradient: Float64Array,
    asked?: readonly boolean[],
  ): Promise<Float64Array>;
  dispose(): Promise<void>;
}

/**
 * The mean loss of every task over the labelled rows of a store, and its gradient, in float64. The
 * weights are one vector: `[features, outputs]`, then the intercepts `[outputs]`. Losses, dense
 * products and all derivatives are one traced graph; sparse products are loops around it.
 */
export class LinearLoss implements TaskLosses {
  readonly counts: Float64Array;
  private readonly design: Design;
  private readonly store: RowStore;
  private readonly options: LossOptions;
  private readonly rows: number;
  private readonly batch: BatchBuffers;
  private readonly session: OnnxSession;
  private readonly bound: BoundRun;
  private readonly arrays: ReadonlyMap<string, TypedArray>;
  private readonly scale: Float64Array;
  /** The first row of the chunk now in the arrays. */
  private loaded = -1;
  private pauseAt = 0;

  private constructor(
    design: Design,
    store: RowStore,
    options: LossOptions,
    rows: number,
    session: OnnxSession,
    bound: BoundRun,
    arrays: ReadonlyMap<string, TypedArray>,
  ) {
    this.design = design;
    this.store = store;
    this.options = options;
    this.rows = rows;
    this.batch = new BatchBuffers(store.layout, rows);
    this.session = session;
    this.bound = bound;
    this.arrays = arrays;
    this.counts = new Float64Array(design.tasks.length);
    this.scale = arrays.get("scale") as Float64Array;
  }

  static async create(design: Design, store: RowStore, options: LossOptions): Promise<LinearLoss> {
    const perRow = store.layout.reduce((sum, entry) => sum + entry.width, 3 * design.outputs);
    const fitting = options.chunkRows ?? Math.max(256, Math.floor(chunkElements / perRow));
    const rows = Math.max(1, Math.min(store.rows, fitting));
    const program = compileProgram(traceLoss(design, rows), { target: "export", float: "float64" });
    const session = await createSession(program.bytes, {
      threads: options.threads,
      bound: true,
    });
    const arrays = new Map<string, TypedArray>();
    const bind = (values: typeof program.inputs) =>
      Object.fromEntries(
        values.map(({ name, dtype, shape }) => {
          const data = allocate(dtype, sizeOf(shape));
          arrays.set(name, data);
          return [name, { dtype, dims: shape, data }];
        }),
      );
    const bound = session.bind(bind(program.inputs), bind(program.outputs));
    const loss = new LinearLoss(design, store, options, rows, session, bound, arrays);
    loss.count();
    return loss;
  }

  private count(): void {
    for (let start = 0; start < this.store.rows; start += this.rows) {
      this.load(start);
      this.design.tasks.forEach(({ task }, t) => {
        const weights = this.arrays.get(`${task.name}.weight`) as Float64Array;
        for (let row = 0; row < this.rows; row++) this.counts[t] += weights[row];
      });
    }
    this.scale.forEach((_, t) => {
      this.scale[t] = this.counts[t] > 0 ? 1 / this.counts[t] : 0;
    });
  }

  /** Brings the rows from `start` on into the arrays; rows past the end weigh nothing. */
  private load(start: number): void {
    if (this.loaded === start) return;
    const count = Math.min(this.rows, this.store.rows - start);
    const rows = Int32Array.from({ length: this.rows }, (_, i) => start + Math.min(i, count - 1));
    this.store.gather(rows, 0, this.rows, this.batch.arrays);
    for (const { name } of this.store.layout) {
      const fed = this.arrays.get(name);
      if (fed) (fed as Float64Array).set(this.batch.view(name, this.rows) as Float32Array);
    }
    for (const { task } of this.design.tasks) {
      (this.arrays.get(`${task.name}.weight`) as Float64Array).fill(0, count);
    }
    this.loaded = start;
  }

  /**
   * Each task's mean loss at `x`; `gradient` becomes that of their sum, in the sparse features for a range of tasks
   * that holds those asked for.
   * @throws BackendError INTERRUPTED after the signal.
   */
  async evaluate(
    x: Float64Array,
    gradient: Float64Array,
    asked?: readonly boolean[],
  ): Promise<Float64Array> {
    await this.breathe();
    const range = this.columnsOf(asked);
    const { dense, features, outputs } = this.design;
    const weights = this.arrays.get("weights") as Float64Array | undefined;
    weights?.set(x.subarray(0, dense * outputs));
    (this.arrays.get("bias") as Float64Array).set(x.subarray(features * outputs));
    const losses = new Float64Array(this.design.tasks.length);
    gradient.fill(0);
    for (let start = 0; start < this.store.rows; start += this.rows) {
      this.load(start);
      this.forwardSparse(x, range);
      await this.bound.run();
      addInto(losses, 0, this.arrays.get("losses:out"));
      addInto(gradient, 0, this.arrays.get("∇weights:out"));
      addInto(gradient, features * outputs, this.arrays.get("∇bias:out"));
      this.backwardSparse(gradient, range);
    }
    return losses;
  }

  /** The columns from the first task asked for to the last: the products of sparse features are most of the work. */
  private columnsOf(asked?: readonly boolean[]): ColumnRange {
    const { tasks, outputs } = this.design;
    const wanted = asked ? tasks.filter((_, t) => asked[t]) : tasks;
    const last = wanted.at(-1);
    return last ? { from: wanted[0].start, to: last.start + last.size } : { from: 0, to: outputs };
  }

  private forwardSparse(x: Float64Array, range: ColumnRange): void {
    const { outputs } = this.design;
    const offset = this.arrays.get("offset") as Float64Array | undefined;
    offset?.fill(0);
    for (const { rows, start, size } of this.sparse()) {
      const weights = x.subarray(start * outputs, (start + size) * outputs);
      addSparseProduct(rows, this.rows, weights, outputs, offset as Float64Array, range);
    }
  }

  private backwardSparse(gradient: Float64Array, range: ColumnRange): void {
    const { outputs } = this.design;
    const cotangents = this.arrays.get("∇offset:out") as Float64Array;
    for (const { rows, start, size } of this.sparse()) {
      const into = gradient.subarray(start * outputs, (start + size) * outputs);
      addTransposedSparseProduct(rows, this.rows, cotangents, outputs, into, range);
    }
  }

  private *sparse(): Generator<{ rows: SparseRows; start: number; size: number }> {
    for (const block of this.design.blocks) {
      if (block.kind === "dense") continue;
      const ids = this.batch.view(block.ids, this.rows) as Int32Array;
      const values = this.batch.view(block.values, this.rows) as Float32Array;
      yield { rows: { ids, values, width: block.width }, start: block.start, size: block.size };
    }
  }

  /** Gives timers and signals a turn now and then. */
  private async breathe(): Promise<void> {
    const now = performance.now();
    if (now > this.pauseAt) {
      await setImmediate();
      this.pauseAt = now + 40;
    }
    stopIfAborted(this.options.signal);
  }

  async dispose(): Promise<void> {
    await this.session.dispose();
  }
}

/** Losses of a chunk and their derivatives in dense weights, intercepts and sparse products. */
function traceLoss(design: Design, rows: number): Record<string, Tensor> {
  const graph = new Graph();
  const { outputs, dense } = design;
  const bias = graph.input("bias", [outputs]);
  const scale = graph.input("scale", [design.tasks.length]);
  const x = denseFeatures(design, (name) => {
    const feed = design.feeds.find((f) => f.name === name);
    return graph.input(name, [rows, ...(feed?.shape ?? [])], feed?.dtype);
  });
  const weights = x && graph.input("weights", [dense, outputs]);
  const offset = design.features > dense || !x ? graph.input("offset", [rows, outputs]) : undefined;
  const products = x && weights ? x.gemm(weights, bias) : undefined;
  const raw = products ? (offset ? products.add(offset) : products) : offset?.add(bias);
  const losses = design.tasks.map(({ task, start, size }, t) => {
    const labels = graph.input(`${task.name}.label`, [rows, task.kind.labelWidth(task.state)]);
    const rowWeights = graph.input(`${task.name}.weight`, [rows]);
    const mine = (raw as Tensor).slice(1, start, start + size);
    const each = graph.scope(`loss.${task.name}`, () => task.kind.loss(mine, labels, task.state));
    return each
      .mul(rowWeights)
      .sum()
      .mul(scale.slice(0, t, t + 1).reshape([]));
  });
  const total = losses.reduce((a, b) => a.add(b));
  const wrt = { weights, bias, offset };
  const names = Object.keys(wrt).filter((name) => wrt[name as keyof typeof wrt] !== undefined);
  const gradients = grad(
    total,
    names.map((name) => wrt[name as keyof typeof wrt] as Tensor),
  );
  const vectors = losses.map((loss) => loss.reshape([1]));
  return {
    losses: vectors.length > 1 ? graph.apply("concat", vectors, { axis: 0 }) : vectors[0],
    ...Object.fromEntries(names.map((name, i) => [`∇${name}`, gradients[i]])),
  };
}

function addInto(to: Float64Array, at: number, from: TypedArray | undefined): void {
  if (!from) return;
  for (let i = 0; i < from.length; i++) to[at + i] += (from as Float64Array)[i];
}
