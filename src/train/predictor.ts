import { compileProgram } from "../compiler/onnx/program.ts";
import {
  type BoundRun,
  createSession,
  type OnnxSession,
} from "../compiler/onnx/session/session.ts";
import type { TypedArray } from "../core/dtype.ts";
import { sizeOf } from "../core/shape.ts";
import type { RowStore } from "../data/rows.ts";
import { BatchBuffers } from "./batches.ts";
import { type Network, traceForward } from "./network.ts";
import type { ParameterLayout } from "./parameters.ts";

/** Rows computed by one call; the last call of a prediction repeats a row to fill up. */
const chunkRows = 256;

/** Raw outputs of a network for rows of a store, with weights read at each call. */
export class NetworkPredictor {
  private readonly network: Network;
  private readonly session: OnnxSession;
  private readonly bound: BoundRun;
  private readonly batch: BatchBuffers;
  private readonly rows: number;
  private readonly results: Readonly<Record<string, Float32Array>>;

  private constructor(
    network: Network,
    session: OnnxSession,
    bound: BoundRun,
    batch: BatchBuffers,
    rows: number,
    results: Record<string, Float32Array>,
  ) {
    this.network = network;
    this.session = session;
    this.bound = bound;
    this.batch = batch;
    this.rows = rows;
    this.results = results;
  }

  static async create(
    network: Network,
    store: RowStore,
    layout: ParameterLayout,
    weights: Float32Array,
    buffers: ReadonlyMap<string, Float32Array>,
    threads: number,
  ): Promise<NetworkPredictor> {
    const rows = Math.max(1, Math.min(chunkRows, store.rows));
    const { outputs } = traceForward(network, rows);
    const program = compileProgram(outputs);
    const session = await createSession(program.bytes, { threads, bound: true });
    const batch = new BatchBuffers(store.layout, rows);
    const slots = new Map(
      layout.slots.map((s) => [s.name, weights.subarray(s.start, s.start + s.size)]),
    );
    const results: Record<string, Float32Array> = {};
    const outs = program.outputs.map((o) => {
      const data = new Float32Array(sizeOf(o.shape));
      results[o.name.slice(0, -":out".length)] = data;
      return [o.name, { dtype: o.dtype, dims: o.shape, data }] as const;
    });
    const ins = program.inputs.map((v) => {
      const data: TypedArray = slots.get(v.name) ?? buffers.get(v.name) ?? batch.view(v.name, rows);
      return [v.name, { dtype: v.dtype, dims: v.shape, data }] as const;
    });
    return new NetworkPredictor(
      network,
      session,
      session.bind(Object.fromEntries(ins), Object.fromEntries(outs)),
      batch,
      rows,
      results,
    );
  }

  /** `[rows.length, outputSize]` a task. */
  async predict(store: RowStore, rows: Int32Array): Promise<Record<string, Float32Array>> {
    const sizes = this.network.tasks.map((t) => t.kind.outputSize(t.state));
    const out = this.network.tasks.map((_, i) => new Float32Array(rows.length * sizes[i]));
    const chunk = new Int32Array(this.rows);
    const arrays = this.batch.matching(store.layout);
    for (let start = 0; start < rows.length; start += this.rows) {
      const count = Math.min(this.rows, rows.length - start);
      chunk.fill(rows[start]);
      chunk.set(rows.subarray(start, start + count));
      await store.arrival?.ready(chunk, 0, this.rows);
      store.gather(chunk, 0, this.rows, arrays);
      await this.bound.run();
      this.network.tasks.forEach((t, i) => {
        out[i].set(this.results[t.name].subarray(0, count * sizes[i]), start * sizes[i]);
      });
    }
    return Object.fromEntries(this.network.tasks.map((t, i) => [t.name, out[i]]));
  }

  async dispose(): Promise<void> {
    await this.session.dispose();
  }
}
