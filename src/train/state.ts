import type { TypedArray } from "../core/dtype.ts";
import { BackendError } from "../core/errors.ts";
import type { LbfgsState } from "../optim/lbfgs.ts";
import type { Weigher } from "../weighting/weighting.ts";
import type { Checkpoint } from "./checkpoint.ts";
import type { TrainingEngine } from "./engine.ts";
import type { EpochRecord } from "./events.ts";
import type { EpochScores } from "./select.ts";

/** Where training stands; with the engine's arrays, all that continues it bit for bit. */
export interface Position {
  /** Epochs completed. */
  epoch: number;
  /** Batches of the current epoch done, and of all epochs. */
  batch: number;
  batchesDone: number;
  /** Updates done, and batches gathered for the next one. */
  step: number;
  pending: number;
  /** Sums over the current epoch. */
  lossSum: number;
  taskSums: Float64Array;
  taskCounts: Float64Array;
  lastLosses: Float64Array;
  /** Sets of weights in the running average. */
  averaged: number;
  /** Learning rate of the last step, and the tasks' weights in it. */
  rate: number;
  lambda: Float64Array;
  /** Why no further epoch is wanted, once so. */
  stopped: string | undefined;
  /** Where a solver stands, for optimizers that are one. */
  solver: LbfgsState | undefined;
  history: EpochRecord[];
  scores: EpochScores[];
  best:
    | { epoch: number; weights: Float32Array; buffers: ReadonlyMap<string, Float32Array> }
    | undefined;
}

export function startPosition(tasks: number): Position {
  return {
    epoch: 0,
    batch: 0,
    batchesDone: 0,
    step: 0,
    pending: 0,
    lossSum: 0,
    taskSums: new Float64Array(tasks),
    taskCounts: new Float64Array(tasks),
    lastLosses: new Float64Array(tasks).fill(Number.NaN),
    averaged: 0,
    rate: Number.NaN,
    lambda: new Float64Array(tasks),
    stopped: undefined,
    solver: undefined,
    history: [],
    scores: [],
    best: undefined,
  };
}

/** What a checkpoint says of its run, beside the position. */
export interface RunIdentity {
  /** Identifies configuration, data and versions. */
  readonly runKey: string;
  /** Threads of one operation: with others the last digits may differ. */
  readonly threads: number;
}

/** Everything a later process needs to continue. */
export function capture(
  at: Position,
  engine: TrainingEngine,
  weigher: Weigher,
  run: RunIdentity,
): Checkpoint {
  const {
    taskSums,
    taskCounts,
    lastLosses,
    lambda,
    best,
    scores,
    history,
    solver,
    rate,
    ...plain
  } = at;
  const arrays: Record<string, TypedArray> = {
    weights: engine.weights,
    taskSums,
    taskCounts,
    lastLosses,
    lambda,
    ...(solver && solverArrays(solver)),
  };
  engine.moments.forEach((m, i) => {
    arrays[`moment${i}`] = m;
  });
  engine.taskGradients?.memory.forEach((m, i) => {
    arrays[`weighing${i}`] = m;
  });
  if (engine.accumulated) arrays.accumulated = engine.accumulated;
  if (engine.averaged) arrays.average = engine.averaged;
  for (const [name, values] of engine.buffers) arrays[`buffer:${name}`] = values;
  if (best) {
    arrays.bestWeights = best.weights;
    for (const [name, values] of best.buffers) arrays[`best:${name}`] = values;
  }
  return {
    facts: {
      ...run,
      ...plain,
      // NaN has no JSON form.
      history: encodeNaN(history),
      scores: encodeNaN(scores),
      rate: encodeNaN(rate),
      solver: solver && encodeNaN(solverNumbers(solver)),
      bestEpoch: best?.epoch,
      weigher: weigher.state(),
    },
    arrays,
  };
}

/** The run that a checkpoint is of. @throws BackendError CHECKPOINT_CORRUPT for another run. */
export function identify(saved: Checkpoint, runKey: string): RunIdentity {
  const facts = saved.facts as unknown as RunIdentity;
  if (facts.runKey !== runKey) {
    throw new BackendError(
      "CHECKPOINT_CORRUPT",
      "resume: a checkpoint of the same configuration, data and version; this one is of another run",
      {
        hint: "train into a new folder, or restore the configuration and data that the run began with",
      },
    );
  }
  return { runKey, threads: facts.threads };
}

/** Puts a checkpoint back. @throws BackendError CHECKPOINT_CORRUPT where its arrays do not fit. */
export function restore(saved: Checkpoint, engine: TrainingEngine, weigher: Weigher): Position {
  const facts = saved.facts as Record<string, unknown> & Position & { bestEpoch?: number };
  const put = (to: Float32Array | undefined, name: string) => {
    const from = saved.arrays[name];
    if (!to || !from || from.length !== to.length) {
      throw new BackendError(
        "CHECKPOINT_CORRUPT",
        `resume: an array ${name} of ${to?.length} numbers; the checkpoint has ${from?.length ?? "none"}`,
      );
    }
    to.set(from as Float32Array);
  };
  put(engine.weights, "weights");
  engine.moments.forEach((m, i) => {
    put(m, `moment${i}`);
  });
  engine.taskGradients?.memory.forEach((m, i) => {
    put(m, `weighing${i}`);
  });
  if (engine.accumulated) put(engine.accumulated, "accumulated");
  if (engine.averaged) put(engine.averaged, "average");
  for (const [name, values] of engine.buffers) put(values, `buffer:${name}`);
  weigher.restore(facts.weigher);
  return {
    epoch: facts.epoch,
    batch: facts.batch,
    batchesDone: facts.batchesDone,
    step: facts.step,
    pending: facts.pending,
    lossSum: facts.lossSum,
    averaged: facts.averaged,
    stopped: facts.stopped,
    taskSums: saved.arrays.taskSums as Float64Array,
    taskCounts: saved.arrays.taskCounts as Float64Array,
    lastLosses: saved.arrays.lastLosses as Float64Array,
    lambda: saved.arrays.lambda as Float64Array,
    rate: decodeNaN(facts.rate) as number,
    solver: facts.solver && restoreSolver(decodeNaN(facts.solver) as SolverNumbers, saved.arrays),
    history: decodeNaN(facts.history) as EpochRecord[],
    scores: decodeNaN(facts.scores) as EpochScores[],
    best:
      facts.bestEpoch === undefined
        ? undefined
        : {
            epoch: facts.bestEpoch,
            weights: saved.arrays.bestWeights as Float32Array,
            buffers: new Map(
              [...engine.buffers.keys()].map((name) => [
                name,
                saved.arrays[`best:${name}`] as Float32Array,
              ]),
            ),
          },
  };
}

type SolverNumbers = Omit<LbfgsState, "x" | "gradient" | "steps" | "changes"> & {
  readonly pairs: number;
};

function solverNumbers({
  x: _,
  gradient: __,
  steps,
  changes: ___,
  ...numbers
}: LbfgsState): SolverNumbers {
  return { ...numbers, pairs: steps.length };
}

function solverArrays({ x, gradient, steps, changes }: LbfgsState): Record<string, TypedArray> {
  const pairs = steps.flatMap((step, i) => [
    [`solver:step${i}`, step] as const,
    [`solver:change${i}`, changes[i]] as const,
  ]);
  return { "solver:x": x, "solver:gradient": gradient, ...Object.fromEntries(pairs) };
}

function restoreSolver(
  { pairs, ...numbers }: SolverNumbers,
  arrays: Checkpoint["arrays"],
): LbfgsState {
  const vector = (name: string) => arrays[`solver:${name}`] as Float64Array;
  const all = (name: string) => Array.from({ length: pairs }, (_, i) => vector(`${name}${i}`));
  return {
    ...numbers,
    x: vector("x"),
    gradient: vector("gradient"),
    steps: all("step"),
    changes: all("change"),
  };
}

function encodeNaN(value: unknown): unknown {
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (Array.isArray(value)) return value.map(encodeNaN);
  if (value && typeof value === "object")
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, encodeNaN(v)]));
  return value;
}

function decodeNaN(value: unknown): unknown {
  if (value === "NaN" || value === "Infinity" || value === "-Infinity") return Number(value);
  if (Array.isArray(value)) return value.map(decodeNaN);
  if (value && typeof value === "object")
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, decodeNaN(v)]));
  return value;
}
