import { compileProgram, type Program, type ProgramOptions } from "../compiler/onnx/program.ts";
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
import type { TracedWeights } from "../weighting/weighting.ts";
import { BatchBuffers } from "./batches.ts";
import {
  type GradientOf,
  type Network,
  type TaskTrace,
  type TrainingTrace,
  traceLossesOnly,
  traceRepresentationGram,
  traceRepresentationStep,
  traceTaskGradients,
  traceTraining,
} from "./network.ts";
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
  /** Weights that are computed inside the step. */
  readonly traced?: TracedWeights;
  /** A gradient a task in the shared parameters, in place of the joint one. */
  readonly taskGradients?: {
    /** Vectors as long as such a gradient that the weighting keeps. */
    readonly memory: number;
    /** Whether a second set of task gradients is held, for two halves of a batch. */
    readonly second: boolean;
    /** Takes every parameter for shared. */
    readonly all?: boolean;
  };
  /** Gradients from the shared representation on: `measure` gives their Gram matrix, `run` takes λ. */
  readonly representation?: boolean;
  /** Whether `measure` will be asked for. */
  readonly measures?: boolean;
}

/** Gradients of the tasks in the parameters they share, which lie at the start of every flat vector. */
export interface TaskGradients {
  /** Floats of the shared parameters. */
  readonly length: number;
  /** One a task, at the batch last run. */
  readonly tasks: readonly Float32Array[];
  /** Those of the first half of a batch, where they are held. */
  readonly second: readonly Float32Array[];
  /** The gradient of the terms that layers add to the loss, where there are some. */
  readonly penalty: Float32Array | undefined;
  readonly memory: readonly Float32Array[];
  /** Ranges of the flat vector that belong to one task alone. */
  readonly own: readonly { readonly task: number; readonly start: number; readonly end: number }[];
}

/** Names of flat vectors in a program; no parameter is called so. */
const packNames = { weights: "weights", gradients: "gradients" } as const;

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
  /** Computes the losses alone. */
  readonly measure: { readonly session: OnnxSession; readonly bound: BoundRun } | undefined;
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
  readonly given: Float32Array;
  readonly taskGradients: TaskGradients | undefined;
  readonly batch: BatchBuffers;
  readonly own: TaskGradients["own"];
  readonly results: Readonly<Record<"loss" | "losses" | "counts" | "gram", Float32Array>>;
  readonly seed: number;
  readonly bySize: Map<number, CompiledSize>;
}

interface TracedSize {
  readonly rows: number;
  readonly masks: readonly MaskSpec[];
  readonly program: Program;
  readonly measure: Program | undefined;
  readonly gradients: TrainingTrace["gradients"];
}

/** Opens a session for one batch size and binds every input and output to its place in memory. */
async function bindSize(
  parts: EngineParts,
  { rows, masks, program, measure, gradients: kinds }: TracedSize,
  threads: number,
): Promise<CompiledSize> {
  const { arena, layout, weights, gradients, batch } = parts;
  const slots = new Map(layout.slots.map((s) => [s.name, s]));
  const part = (whole: Float32Array, name: string) => {
    const slot = slots.get(name);
    return slot && whole.subarray(slot.start, slot.start + slot.size);
  };
  const vectorFor = (of: GradientOf): Float32Array | undefined => {
    if (of === "joint") return gradients;
    const { taskGradients } = parts;
    return of === "penalty" ? taskGradients?.penalty : taskGradients?.tasks[of];
  };
  const gradientOf = (name: string): Float32Array | undefined => {
    const kind = kinds.get(name);
    const whole = kind && vectorFor(kind.of);
    return whole && part(whole, kind.parameter);
  };
  const packed = (name: string): Float32Array | undefined => {
    const [pack, of] = name.split("/");
    if (!layout.packed || pack !== packNames.gradients || of === undefined) return undefined;
    if (of === "joint") return gradients.subarray(parts.taskGradients ? layout.shared : 0);
    return vectorFor(of === "penalty" ? of : Number(of));
  };
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
    return { table: gradientOf(s.output) as Float32Array, ids, fed, rows: added, width: s.width };
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
      packed(plain) ??
      gradientOf(plain) ??
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
  const open = async (one: Program) => {
    const session = await createSession(one.bytes, {
      threads,
      bound: true,
      optimization: one.nodes > 3000 ? "basic" : "all",
    });
    return { session, bound: session.bind(bind(one.inputs, input), bind(one.outputs, output)) };
  };
  const written = new Set(program.outputs.map((o) => o.name));
  const scattered = new Set(program.scatters.map((s) => s.output));
  return {
    ...(await open(program)),
    measure: measure && (await open(measure)),
    masks: masks.map((spec) => ({ spec, data: own.get(spec.name) as Float32Array })),
    scatters,
    cleared: [...scattered]
      .filter((name) => !written.has(`${name}:out`))
      .map((name) => gradientOf(name) as Float32Array),
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
  /** What traced weights are given. */
  readonly given: Float32Array;
  readonly taskGradients: TaskGradients | undefined;
  /** Ranges of the flat vector that belong to one task alone, where tasks are told apart. */
  readonly own: TaskGradients["own"];
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
    this.given = parts.given;
    this.taskGradients = parts.taskGradients;
    this.batch = parts.batch;
    this.own = parts.own;
  }

  /** Traces, compiles and binds a network for some batch sizes, with freshly drawn parameters. */
  static async create(
    network: Network,
    store: RowStore,
    options: EngineOptions,
  ): Promise<TrainingEngine> {
    const sizes = [...new Set(options.sizes)].sort((a, b) => b - a);
    const wanted = options.taskGradients;
    const trace = (rows: number): TrainingTrace =>
      options.representation
        ? traceRepresentationStep(network, rows)
        : wanted
          ? traceTaskGradients(network, rows, wanted.all)
          : traceTraining(network, rows, options.traced);
    const traces = sizes.map((rows) => ({ rows, ...trace(rows) }));
    const [{ builder }] = traces;
    const byTask =
      wanted || options.representation ? (traces[0] as unknown as TaskTrace) : undefined;
    const shared = byTask?.shared;
    const layout = layoutParameters(builder.parameters.values(), shared);
    const packs: Packs = layout.packed ? packsOf(layout, traces[0]) : {};
    const programs = traces.map(({ rows, outputs, gradients, builder: b }) => ({
      rows,
      gradients,
      masks: b.masks,
      program: compileProgram(outputs, packs),
      measure: options.measures
        ? compileProgram(
            (options.representation ? traceRepresentationGram : traceLossesOnly)(network, rows)
              .outputs,
            { packInputs: packs.packInputs },
          )
        : undefined,
    }));

    const vectors = 2 + options.moments + (options.accumulate ? 1 : 0) + (options.average ? 1 : 0);
    const regions: ArenaRegion[] = Array.from({ length: vectors }, (_, i) => ({
      name: `vector${i}`,
      dtype: "float32",
      length: layout.length,
    }));
    const penalised = builder.penalties.length > 0;
    const taskVectors = wanted
      ? network.tasks.length * (wanted.second ? 2 : 1) + wanted.memory + (penalised ? 1 : 0)
      : 0;
    for (let i = 0; i < taskVectors; i++)
      regions.push({ name: `task${i}`, dtype: "float32", length: layout.shared });
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
    let nextTask = 0;
    const taskVector = () => arena.float32(`task${nextTask++}`);
    const taskList = (count: number) => Array.from({ length: count }, taskVector);
    const taskGradients: TaskGradients | undefined = wanted && {
      length: layout.shared,
      tasks: taskList(tasks),
      second: taskList(wanted.second ? tasks : 0),
      memory: taskList(wanted.memory),
      penalty: penalised ? taskVector() : undefined,
      own: ownRanges(layout, (byTask as TaskTrace).owners),
    };
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
      given: new Float32Array(options.traced?.size ?? 0),
      taskGradients,
      batch,
      results: {
        loss: new Float32Array(1),
        losses: new Float32Array(tasks),
        counts: new Float32Array(tasks),
        gram: new Float32Array(options.representation ? tasks * tasks : 0),
      },
      own: byTask ? ownRanges(layout, byTask.owners) : [],
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

  /**
   * Computes losses and gradients of the batch now in `batch`; `step` numbers the random draws. There
   * is no joint loss where every task has a gradient of its own: it is 0 then.
   */
  async run(rows: number, step: number): Promise<StepResult> {
    const size = this.sizeOf(rows);
    this.draw(size, step);
    await size.bound.run();
    for (const range of size.cleared) this.kernels.fill(range, 0);
    for (const s of size.scatters) {
      if (s.fed) s.ids.set(s.fed);
      this.kernels.scatterAddRows(s.table, s.ids, s.rows, s.width);
    }
    const { loss, losses, counts } = this.parts.results;
    return { loss: loss[0], losses, counts };
  }

  /** The losses alone of the batch now in `batch`, with the draws of a step, at the present weights. */
  async measure(
    rows: number,
    step: number,
  ): Promise<Pick<StepResult, "losses" | "counts"> & { readonly gram: Float32Array }> {
    const size = this.sizeOf(rows);
    if (!size.measure)
      throw new CompileError("engine: a program of the losses; it was not asked for");
    this.draw(size, step);
    await size.measure.bound.run();
    const { losses, counts, gram } = this.parts.results;
    return { losses, counts, gram };
  }

  private sizeOf(rows: number): CompiledSize {
    const size = this.parts.bySize.get(rows);
    if (size) return size;
    const known = [...this.parts.bySize.keys()];
    throw new CompileError(`engine: one of the batch sizes ${known}; got ${rows}`);
  }

  /** Fills dropout masks and other draws: the same for the same step. */
  private draw(size: CompiledSize, step: number): void {
    if (size.masks.length === 0) return;
    const random = Random.from(this.parts.seed, "dropout", step);
    for (const { spec, data } of size.masks) {
      if (spec.kind === "uniform") for (let i = 0; i < data.length; i++) data[i] = random.uniform();
      else if (spec.kind === "beta")
        for (let i = 0; i < data.length; i++) data[i] = random.beta(spec.rate, spec.rate);
      else this.kernels.dropoutMask(data, spec.rate, [random.uint32(), random.uint32()]);
    }
  }

  /** Keeps the buffers' new values of the batch last run; the function returned puts them back. */
  holdBuffers(): () => void {
    const held = [...this.parts.nextBuffers.values()].map(
      (values) => [values, values.slice()] as const,
    );
    return () => {
      for (const [values, kept] of held) values.set(kept);
    };
  }

  /** Takes over the buffers' new values, such as running means. */
  updateBuffers(): void {
    for (const [name, next] of this.parts.nextBuffers) this.buffers.get(name)?.set(next);
  }

  async dispose(): Promise<void> {
    for (const { session, measure } of this.parts.bySize.values()) {
      await session.dispose();
      await measure?.session.dispose();
    }
  }
}

type Packs = Pick<ProgramOptions, "packInputs" | "packOutputs">;

/** One flat input for the weights; one flat output for the joint gradient, and one for each task's. */
function packsOf(layout: ParameterLayout, { gradients }: TrainingTrace): Packs {
  const names = layout.slots.map((s) => s.name);
  const outputs = new Map<GradientOf, Map<string, string>>();
  for (const [output, { of, parameter }] of gradients) {
    const known = outputs.get(of) ?? new Map<string, string>();
    outputs.set(of, known.set(parameter, output));
  }
  const packOutputs = [...outputs].flatMap(([of, byParameter]) => {
    const members = names.flatMap((name) => byParameter.get(name) ?? []);
    // A flat output fills a range without gaps: all shared parameters, all others, or all.
    const range = layout.slots.filter((s) => byParameter.has(s.name));
    const start = range[0].start;
    const end = start + range.reduce((sum, s) => sum + s.size, 0);
    const whole =
      of === "joint" ? start === layout.shared && end === layout.length : end === layout.shared;
    return whole || (of === "joint" && start === 0 && end === layout.length)
      ? [{ name: `${packNames.gradients}/${of}`, members }]
      : [];
  });
  return { packInputs: [{ name: packNames.weights, members: names }], packOutputs };
}

/** Neighbouring parameters of one task as one range. */
function ownRanges(
  layout: ParameterLayout,
  owners: ReadonlyMap<string, number>,
): TaskGradients["own"] {
  const ranges: { task: number; start: number; end: number }[] = [];
  for (const slot of layout.slots) {
    const task = owners.get(slot.name);
    if (task === undefined) continue;
    const last = ranges.at(-1);
    const end = slot.start + slot.size;
    if (last && last.task === task) last.end = end;
    else ranges.push({ task, start: slot.start, end });
  }
  return ranges;
}
