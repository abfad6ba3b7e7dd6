import { compileProgram, type Program } from "../compiler/onnx/program.ts";
import {
  type BoundRun,
  createSession,
  type OnnxSession,
} from "../compiler/onnx/session/session.ts";
import type { OnnxTensor } from "../compiler/onnx/tensor-data.ts";
import type { TypedArray } from "../core/dtype.ts";
import { CompileError } from "../core/errors.ts";
import { Random } from "../core/random.ts";
import { sizeOf } from "../core/shape.ts";
import type { RowStore } from "../data/rows.ts";
import { type MaskSpec, stepInputs } from "../nn/builder.ts";
import type { Kernels } from "../optim/kernels.ts";
import { Arena, type ArenaRegion } from "../optim/memory.ts";
import { BatchBuffers } from "./batches.ts";
import { type Network, traceTraining } from "./network.ts";
import { initializeParameters, layoutParameters, type ParameterLayout } from "./parameters.ts";

export interface EngineOptions {
  readonly seed: number;
  /** Rows a batch, every size that will be asked for. */
  readonly sizes: readonly number[];
  /** How many moment vectors the optimizer keeps. */
  readonly moments: number;
  /** Whether gradients of several batches are averaged, or weights over steps. */
  readonly accumulate: boolean;
  readonly average: boolean;
  readonly threads: number;
}

interface CompiledSize {
  readonly session: OnnxSession;
  readonly bound: BoundRun;
  readonly masks: readonly { readonly spec: MaskSpec; readonly data: Float32Array }[];
  readonly scatters: readonly {
    readonly table: Float32Array;
    readonly ids: Int32Array;
    readonly fed: Int32Array | undefined;
    readonly rows: Float32Array;
    readonly width: number;
  }[];
  /** Gradient ranges that only scatters write, to be zeroed first. */
  readonly cleared: readonly Float32Array[];
}

interface EngineParts {
  readonly layout: ParameterLayout;
  readonly arena: Arena;
  readonly weights: Float32Array;
  readonly gradients: Float32Array;
  readonly moments: readonly Float32Array[];
  readonly accumulated: Float32Array | undefined;
  readonly averaged: Float32Array | undefined;
  readonly buffers: ReadonlyMap<string, Float32Array>;
  readonly nextBuffers: ReadonlyMap<string, Float32Array>;
  readonly lambda: Float32Array;
  readonly progress: Float32Array;
  readonly penaltyShare: Float32Array;
  readonly batch: BatchBuffers;
  readonly results: Readonly<Record<"loss" | "losses" | "counts", Float32Array>>;
  readonly seed: number;
  readonly bySize: Map<number, CompiledSize>;
}

interface TracedSize {
  readonly rows: number;
  readonly masks: readonly MaskSpec[];
  readonly program: Program;
}

/** Opens a session for one batch size and binds every input and output to its place in memory. */
async function bindSize(
  parts: EngineParts,
  { rows, masks, program }: TracedSize,
  threads: number,
): Promise<CompiledSize> {
  const { arena, layout, weights, gradients, batch } = parts;
  const slots = new Map(layout.slots.map((s) => [s.name, s]));
  const part = (whole: Float32Array, name: string) => {
    const slot = slots.get(name);
    return slot && whole.subarray(slot.start, slot.start + slot.size);
  };
  const gradientOf = (name: string) => part(gradients, name.slice("∇".length)) as Float32Array;
  const own = new Map<string, TypedArray>();
  for (const m of masks) own.set(m.name, arena.float32(`${rows}/${m.name}`));
  for (const [key, name] of Object.entries(stepInputs))
    own.set(name, parts[key as keyof typeof stepInputs]);
  const scatters = program.scatters.map((s) => {
    const added = arena.float32(`${rows}/${s.rows}`);
    const ids = arena.int32(`${rows}/${s.output}/${s.ids}`);
    own.set(s.rows, added);
    // Row numbers that are fed lie outside the kernels' memory and are copied before each scatter.
    const computed = s.ids.endsWith(":out");
    if (computed) own.set(s.ids, ids);
    const fed = computed ? undefined : (batch.view(s.ids, rows) as Int32Array);
    return { table: gradientOf(s.output), ids, fed, rows: added, width: s.width };
  });
  const input = (name: string): TypedArray =>
    own.get(name) ??
    (name === "weights" && layout.packed ? weights : undefined) ??
    part(weights, name) ??
    parts.buffers.get(name) ??
    batch.view(name, rows);
  const output = (name: string): TypedArray => {
    const plain = name.slice(0, -":out".length);
    const found =
      own.get(name) ??
      (plain === "gradients" && layout.packed ? gradients : undefined) ??
      (plain.startsWith("∇") ? gradientOf(plain) : undefined) ??
      (plain.startsWith("next:")
        ? parts.nextBuffers.get(plain.slice("next:".length))
        : undefined) ??
      parts.results[plain as "loss"];
    if (!found) throw new CompileError(`engine: a place for every output; ${name} has none`);
    return found;
  };
  const bind = (list: Program["inputs"], find: (name: string) => TypedArray) =>
    Object.fromEntries(
      list.map((v) => [
        v.name,
        { dtype: v.dtype, dims: v.shape, data: find(v.name) } satisfies OnnxTensor,
      ]),
    );
  const session = await createSession(program.bytes, {
    threads,
    optimization: program.nodes > 3000 ? "basic" : "all",
  });
  const written = new Set(program.outputs.map((o) => o.name));
  const scattered = new Set(program.scatters.map((s) => s.output));
  return {
    session,
    bound: session.bind(bind(program.inputs, input), bind(program.outputs, output)),
    masks: masks.map((spec) => ({ spec, data: own.get(spec.name) as Float32Array })),
    scatters,
    cleared: [...scattered].filter((name) => !written.has(`${name}:out`)).map(gradientOf),
  };
}

/** What one batch gave. */
export interface StepResult {
  readonly loss: number;
  /** Mean loss a task; meaningless where its count is 0. */
  readonly losses: Float32Array;
  /** Sum of row weights a task. */
  readonly counts: Float32Array;
}

/**
 * Forward and backward passes of a network as one bound session call a batch. Parameters, gradients
 * and moments are views of one memory that is allocated once.
 */
export class TrainingEngine {
  readonly layout: ParameterLayout;
  readonly weights: Float32Array;
  readonly gradients: Float32Array;
  readonly moments: readonly Float32Array[];
  /** Sum of gradients over batches, where steps accumulate. */
  readonly accumulated: Float32Array | undefined;
  /** Averaged weights, where they are kept. */
  readonly averaged: Float32Array | undefined;
  readonly kernels: Kernels;
  readonly buffers: ReadonlyMap<string, Float32Array>;
  readonly lambda: Float32Array;
  /** One number each: the share of training done, and what the next batch counts in penalties. */
  readonly progress: Float32Array;
  readonly penaltyShare: Float32Array;
  readonly batch: BatchBuffers;
  private readonly parts: EngineParts;

  private constructor(parts: EngineParts) {
    this.parts = parts;
    this.layout = parts.layout;
    this.weights = parts.weights;
    this.gradients = parts.gradients;
    this.moments = parts.moments;
    this.accumulated = parts.accumulated;
    this.averaged = parts.averaged;
    this.kernels = parts.arena.kernels;
    this.buffers = parts.buffers;
    this.lambda = parts.lambda;
    this.progress = parts.progress;
    this.penaltyShare = parts.penaltyShare;
    this.batch = parts.batch;
  }

  /** Traces, compiles and binds a network for some batch sizes, with freshly drawn parameters. */
  static async create(
    network: Network,
    store: RowStore,
    options: EngineOptions,
  ): Promise<TrainingEngine> {
    const sizes = [...new Set(options.sizes)].sort((a, b) => b - a);
    const traces = sizes.map((rows) => ({ rows, ...traceTraining(network, rows) }));
    const [{ builder }] = traces;
    const layout = layoutParameters(builder.parameters.values());
    const packs = layout.packed
      ? {
          packInputs: [{ name: "weights", members: layout.slots.map((s) => s.name) }],
          packOutputs: [{ name: "gradients", members: layout.slots.map((s) => `∇${s.name}`) }],
        }
      : {};
    const programs = traces.map(({ rows, outputs, builder: b }) => ({
      rows,
      masks: b.masks,
      program: compileProgram(outputs, packs),
    }));

    const vectors = 2 + options.moments + (options.accumulate ? 1 : 0) + (options.average ? 1 : 0);
    const regions: ArenaRegion[] = Array.from({ length: vectors }, (_, i) => ({
      name: `vector${i}`,
      dtype: "float32",
      length: layout.length,
    }));
    for (const { rows, masks, program } of programs) {
      for (const m of masks)
        regions.push({ name: `${rows}/${m.name}`, dtype: "float32", length: sizeOf(m.shape) });
      for (const s of program.scatters) {
        regions.push({ name: `${rows}/${s.rows}`, dtype: "float32", length: s.count * s.width });
        regions.push({ name: `${rows}/${s.output}/${s.ids}`, dtype: "int32", length: s.count });
      }
    }
    const arena = new Arena(regions);
    let next = 0;
    const vector = () => arena.float32(`vector${next++}`);
    const weights = vector();
    const gradients = vector();
    const moments = Array.from({ length: options.moments }, vector);
    const accumulated = options.accumulate ? vector() : undefined;
    const averaged = options.average ? vector() : undefined;
    initializeParameters(builder.parameters, layout, weights, options.seed);
    averaged?.set(weights);

    const buffers = new Map(
      [...builder.buffers.values()].map((b) => [
        b.name,
        new Float32Array(sizeOf(b.shape)).fill(b.initial),
      ]),
    );
    const nextBuffers = new Map(
      [...builder.updates.keys()].map((name) => [
        name,
        new Float32Array(buffers.get(name)?.length ?? 0),
      ]),
    );
    const tasks = network.tasks.length;
    const lambda = new Float32Array(tasks);
    const batch = new BatchBuffers(store.layout, sizes[0]);
    const parts: EngineParts = {
      layout,
      arena,
      weights,
      gradients,
      moments,
      accumulated,
      averaged,
      buffers,
      nextBuffers,
      lambda,
      progress: new Float32Array(1),
      penaltyShare: new Float32Array([1]),
      batch,
      results: {
        loss: new Float32Array(1),
        losses: new Float32Array(tasks),
        counts: new Float32Array(tasks),
      },
      seed: options.seed,
      bySize: new Map(),
    };
    for (const traced of programs)
      parts.bySize.set(traced.rows, await bindSize(parts, traced, options.threads));
    return new TrainingEngine(parts);
  }

  /** Whether a step draws at random, as dropout does. */
  get randomMasks(): boolean {
    return [...this.parts.bySize.values()].some(({ masks }) => masks.length > 0);
  }

  /** Computes losses and gradients of the batch now in `batch`; `step` numbers the dropout masks. */
  async run(rows: number, step: number): Promise<StepResult> {
    const size = this.parts.bySize.get(rows);
    if (!size)
      throw new CompileError(
        `engine: one of the batch sizes ${[...this.parts.bySize.keys()]}; got ${rows}`,
      );
    if (size.masks.length > 0) {
      const random = Random.from(this.parts.seed, "dropout", step);
      for (const { spec, data } of size.masks) {
        if (spec.kind === "uniform")
          for (let i = 0; i < data.length; i++) data[i] = random.uniform();
        else this.kernels.dropoutMask(data, spec.rate, [random.uint32(), random.uint32()]);
      }
    }
    await size.bound.run();
    for (const range of size.cleared) this.kernels.fill(range, 0);
    for (const s of size.scatters) {
      if (s.fed) s.ids.set(s.fed);
      this.kernels.scatterAddRows(s.table, s.ids, s.rows, s.width);
    }
    const { loss, losses, counts } = this.parts.results;
    return { loss: loss[0], losses, counts };
  }

  /** Takes over the buffers' new values, such as running means. */
  updateBuffers(): void {
    for (const [name, next] of this.parts.nextBuffers) this.buffers.get(name)?.set(next);
  }

  async dispose(): Promise<void> {
    for (const { session } of this.parts.bySize.values()) await session.dispose();
  }
}
