import { Graph, type Tensor } from "../compiler/graph.ts";
import { compileProgram } from "../compiler/onnx/program.ts";
import {
  type BoundRun,
  createSession,
  type OnnxSession,
} from "../compiler/onnx/session/session.ts";
import { sizeOf } from "../core/shape.ts";
import type { Outputs } from "../tasks/task.ts";
import type { ProblemTask } from "./problem.ts";

const chunkRows = 256;

/**
 * Turns raw outputs into predictions: the tasks' links, compiled once for all families.
 */
export class Linker {
  private readonly tasks: readonly ProblemTask[];
  private readonly session: OnnxSession;
  private readonly bound: BoundRun;
  private readonly raw: Readonly<Record<string, Float32Array>>;
  private readonly linked: Readonly<Record<string, Readonly<Record<string, Float32Array>>>>;

  private constructor(
    tasks: readonly ProblemTask[],
    session: OnnxSession,
    bound: BoundRun,
    raw: Record<string, Float32Array>,
    linked: Record<string, Record<string, Float32Array>>,
  ) {
    this.tasks = tasks;
    this.session = session;
    this.bound = bound;
    this.raw = raw;
    this.linked = linked;
  }

  static async create(tasks: readonly ProblemTask[]): Promise<Linker> {
    const graph = new Graph();
    const outputs: Record<string, Tensor> = {};
    const targets = new Map<string, { readonly task: string; readonly output: string }>();
    for (const t of tasks) {
      const linked = t.kind.link(
        graph.input(t.name, [chunkRows, t.kind.outputSize(t.state)]),
        t.state,
      );
      for (const [output, value] of Object.entries(linked)) {
        outputs[`${t.name}/${output}`] = value;
        targets.set(`${t.name}/${output}:out`, { task: t.name, output });
      }
    }
    const program = compileProgram(outputs);
    const session = await createSession(program.bytes, { threads: 1, bound: true });
    const raw: Record<string, Float32Array> = {};
    const linked: Record<string, Record<string, Float32Array>> = Object.fromEntries(
      tasks.map((t) => [t.name, {}]),
    );
    const ins = program.inputs.map((v) => {
      raw[v.name] = new Float32Array(sizeOf(v.shape));
      return [v.name, { dtype: v.dtype, dims: v.shape, data: raw[v.name] }] as const;
    });
    const outs = program.outputs.map((o) => {
      const data = new Float32Array(sizeOf(o.shape));
      const target = targets.get(o.name);
      if (target) linked[target.task][target.output] = data;
      return [o.name, { dtype: o.dtype, dims: o.shape, data }] as const;
    });
    return new Linker(
      tasks,
      session,
      session.bind(Object.fromEntries(ins), Object.fromEntries(outs)),
      raw,
      linked,
    );
  }

  /** Outputs of every task for the rows whose raw outputs are given. */
  async link(
    raw: Readonly<Record<string, Float32Array>>,
    rows: number,
  ): Promise<Record<string, Outputs>> {
    const out: Record<string, Record<string, Float32Array>> = {};
    for (const task of this.tasks) {
      out[task.name] = Object.fromEntries(
        Object.entries(this.linked[task.name]).map(([name, chunk]) => [
          name,
          new Float32Array((chunk.length / chunkRows) * rows),
        ]),
      );
    }
    for (let start = 0; start < rows; start += chunkRows) {
      const count = Math.min(chunkRows, rows - start);
      for (const task of this.tasks) {
        const size = task.kind.outputSize(task.state);
        this.raw[task.name]?.set(raw[task.name].subarray(start * size, (start + count) * size));
      }
      await this.bound.run();
      for (const task of this.tasks) {
        for (const [name, chunk] of Object.entries(this.linked[task.name])) {
          const width = chunk.length / chunkRows;
          out[task.name][name].set(chunk.subarray(0, count * width), start * width);
        }
      }
    }
    return out;
  }

  async dispose(): Promise<void> {
    await this.session.dispose();
  }
}
