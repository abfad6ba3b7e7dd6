import { describe, expect, it } from "vitest";
import type { Weigher } from "../weighting/weighting.ts";
import type { Checkpoint } from "./checkpoint.ts";
import type { TrainingEngine } from "./engine.ts";
import { capture, identify, type Position, restore, startPosition } from "./state.ts";

function engineOf(fill: number): TrainingEngine {
  const vector = (k: number) => Float32Array.from({ length: 5 }, (_, i) => fill * (i + k));
  return {
    weights: vector(1),
    moments: [vector(2), vector(3)],
    accumulated: vector(4),
    averaged: vector(5),
    buffers: new Map([["norm.mean", vector(6)]]),
  } as unknown as TrainingEngine;
}

function weigherOf(state: unknown): Weigher & { restored?: unknown } {
  return {
    weights: () => new Float64Array(2),
    state: () => state,
    restore(value) {
      this.restored = value;
    },
  } as Weigher & { restored?: unknown };
}

const position = (): Position => ({
  ...startPosition(2),
  epoch: 3,
  batch: 2,
  batchesDone: 17,
  step: 8,
  pending: 1,
  lossSum: 0.1 + 0.2,
  taskSums: Float64Array.of(1 / 3, 5),
  lambda: Float64Array.of(0.25, 0.75),
  rate: Number.NaN,
  stopped: "no better epoch in the last 2",
  history: [
    {
      epoch: 1,
      learningRate: Number.NaN,
      loss: Number.POSITIVE_INFINITY,
      tasks: { a: { loss: Number.NaN, weight: 0.5, validation: { r2: Number.NEGATIVE_INFINITY } } },
      seconds: 1.5,
    },
  ],
  scores: [[Number.NaN, -0.5]],
  solver: {
    x: Float64Array.of(1, 2),
    gradient: Float64Array.of(3, 4),
    value: 7,
    iteration: 4,
    evaluations: 9,
    lowestValue: 6,
    lowestNorm: Number.POSITIVE_INFINITY,
    idle: 1,
    steps: [Float64Array.of(5, 6), Float64Array.of(7, 8)],
    changes: [Float64Array.of(9, 10), Float64Array.of(11, 12)],
  },
  best: {
    epoch: 2,
    weights: Float32Array.of(9, 8, 7, 6, 5),
    buffers: new Map([["norm.mean", Float32Array.of(5, 4, 3, 2, 1)]]),
  },
});

const run = { runKey: "key", threads: 3 };

/** A checkpoint as a file gives it back: its facts have been text. */
function reread(saved: Checkpoint): Checkpoint {
  return { facts: JSON.parse(JSON.stringify(saved.facts)), arrays: saved.arrays };
}

describe("capture and restore", () => {
  it("give back the position and every array, numbers that JSON lacks included", () => {
    const saved = reread(capture(position(), engineOf(0.5), weigherOf({ step: 4 }), run));
    const engine = engineOf(0);
    const weigher = weigherOf(undefined);
    expect(restore(saved, engine, weigher)).toEqual(position());
    expect(engine).toEqual(engineOf(0.5));
    expect(weigher.restored).toEqual({ step: 4 });
  });

  it("give back the beginning", () => {
    const saved = reread(capture(startPosition(2), engineOf(1), weigherOf(null), run));
    expect(restore(saved, engineOf(0), weigherOf(null))).toEqual(startPosition(2));
  });

  it("know the run, and refuse another", () => {
    const saved = reread(capture(position(), engineOf(1), weigherOf(null), run));
    expect(identify(saved, "key")).toEqual(run);
    expect(() => identify(saved, "other")).toThrow(
      expect.objectContaining({
        code: "CHECKPOINT_CORRUPT",
        message: expect.stringMatching(/^resume: a checkpoint of the same configuration/),
      }),
    );
  });

  it("refuse arrays of another size", () => {
    const saved = reread(capture(position(), engineOf(1), weigherOf(null), run));
    const arrays = { ...saved.arrays, moment1: new Float32Array(4) };
    expect(() => restore({ ...saved, arrays }, engineOf(0), weigherOf(null))).toThrow(
      "resume: an array moment1 of 5 numbers; the checkpoint has 4",
    );
  });
});
