import type { TypedArray } from "../core/dtype.ts";
import { BackendError } from "../core/errors.ts";
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
  stopped: boolean;
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
    stopped: false,
    history: [],
    scores: [],
    best: undefined,
  };
}

/** Everything a later process needs to continue. */
export function capture(
  at: Position,
  engine: TrainingEngine,
  weigher: Weigher,
  runKey: string,
): Checkpoint {
  const { taskSums, taskCounts, lastLosses, best, scores, history, ...plain } = at;
  const arrays: Record<string, TypedArray> = {
    weights: engine.weights,
    taskSums,
    taskCounts,
    lastLosses,
  };
  engine.moments.forEach((m, i) => {
    arrays[`moment${i}`] = m;
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
      runKey,
      ...plain,
      // NaN has no JSON form.
      history: encodeNaN(history),
      scores: encodeNaN(scores),
      bestEpoch: best?.epoch,
      weigher: weigher.state(),
    },
    arrays,
  };
}

/** Puts a checkpoint back. @throws BackendError CHECKPOINT_CORRUPT for one of another run. */
export function restore(
  saved: Checkpoint,
  engine: TrainingEngine,
  weigher: Weigher,
  runKey: string,
): Position {
  const facts = saved.facts as Record<string, unknown> & Position & { bestEpoch?: number };
  if (facts.runKey !== runKey) {
    throw new BackendError(
      "CHECKPOINT_CORRUPT",
      "resume: a checkpoint of the same configuration, data and version; this one is of another run",
      {
        hint: "train into a new folder, or restore the configuration and data that the run began with",
      },
    );
  }
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
