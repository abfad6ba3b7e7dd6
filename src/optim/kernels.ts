import { BackendError, ShapeError } from "../core/errors.ts";
import { kernelsBase64 } from "./kernels.generated.ts";
import { decodeBase64, instantiate, type WasmMemory } from "./webassembly.ts";

export interface SgdStep {
  readonly learningRate: number;
  /** Added to the gradient as `weightDecay · w`. */
  readonly weightDecay: number;
}

export interface MomentumStep extends SgdStep {
  readonly momentum: number;
  readonly nesterov: boolean;
}

export interface AdamStep {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  /** Counts from 1; the bias corrections need it. */
  readonly t: number;
}

/**
 * Passes over flat float32 vectors. Vectors of one call have one length; an `out` may be an operand
 * itself, but vectors must not overlap otherwise.
 */
export interface Kernels {
  /** `x ← value`. */
  fill(x: Float32Array, value: number): void;
  /** `x ← factor·x`. */
  scale(x: Float32Array, factor: number): void;
  /** `y ← y + a·x`. */
  axpy(a: number, x: Float32Array, y: Float32Array): void;
  /** `out ← x + a·y`. */
  addScaled(x: Float32Array, a: number, y: Float32Array, out: Float32Array): void;
  /** `average ← average + rate·(x − average)`. */
  ema(average: Float32Array, x: Float32Array, rate: number): void;
  /** `x ← min(max(x, −limit), limit)`. */
  clamp(x: Float32Array, limit: number): void;
  /** `out ← sign(x)·max(|x| − threshold, 0)`, the proximal map of `threshold·‖x‖₁`. */
  softThreshold(x: Float32Array, threshold: number, out?: Float32Array): void;
  /** The proximal map of `l1·‖x‖₁ + ½·l2·‖x‖²`. */
  elasticNetProx(x: Float32Array, l1: number, l2: number, out?: Float32Array): void;
  /** One step of gradient descent. */
  sgd(step: SgdStep, weights: Float32Array, gradients: Float32Array): void;
  /** One step with momentum; `velocity` starts at zero. */
  sgdMomentum(
    step: MomentumStep,
    weights: Float32Array,
    gradients: Float32Array,
    velocity: Float32Array,
  ): void;
  /** One step of Adam, its weight decay added to the gradient; both moments start at zero. */
  adam(
    step: AdamStep,
    weights: Float32Array,
    gradients: Float32Array,
    first: Float32Array,
    second: Float32Array,
  ): void;
  /** One step of AdamW: as `adam`, with weights decayed directly by `learningRate·weightDecay`. */
  adamw(
    step: AdamStep,
    weights: Float32Array,
    gradients: Float32Array,
    first: Float32Array,
    second: Float32Array,
  ): void;
  /** `Σ x·y`, accumulated in float64. */
  dot(x: Float32Array, y: Float32Array): number;
  /** `Σ x²`, accumulated in float64. */
  squaredNorm(x: Float32Array): number;
  /** All inner products of K vectors, accumulated in float64: a symmetric K × K matrix, row-major. */
  gram(vectors: readonly Float32Array[], out?: Float64Array): Float64Array;
  /** The index of the first NaN or infinity, or −1. */
  firstNonFinite(x: Float32Array): number;
  /**
   * `table[ids[i]] ← table[ids[i]] + rows[i]`, rows of `width` floats; negative ids are skipped.
   * @throws ShapeError SHAPE_MISMATCH for an id outside the table, before anything is written.
   */
  scatterAddRows(table: Float32Array, ids: Int32Array, rows: Float32Array, width: number): void;
  /**
   * Fills `out` with 0 (probability `rate`) and `1/(1 − rate)`: element i depends on nothing but the
   * two seed words and `counter + i`, so parts of a mask can be made apart.
   */
  dropoutMask(
    out: Float32Array,
    rate: number,
    seed: readonly [number, number],
    counter?: number,
  ): void;
}

/** Vectors of a Gram matrix are read in pieces of this many floats, which stay in the cache. */
export const gramPiece = 4096;

type Raw = Readonly<Record<string, (...args: number[]) => number>>;

/**
 * Links the SIMD kernels to a memory. Their arguments must be views of that memory.
 * @throws BackendError BACKEND, where the platform has no WebAssembly SIMD, or for a foreign view.
 */
export function createKernels(memory: WasmMemory): Kernels {
  const raw = instantiate(decodeBase64(kernelsBase64), memory) as Raw;
  const buffer = memory.buffer;

  function at(where: string, view: Float32Array | Int32Array): number {
    if (view.buffer === buffer) return view.byteOffset;
    throw new BackendError(
      "BACKEND",
      `${where}: views of the kernels' memory; got an array with a buffer of its own`,
      { hint: "allocate it with Arena.float32" },
    );
  }

  function shrink(where: string, x: Float32Array, l1: number, l2: number, out: Float32Array) {
    sameLength(where, x, out);
    raw.shrink(x.length, l1, 1 / (1 + l2), at(where, x), at(where, out));
  }

  function adam(
    where: string,
    scalars: AdamScalars,
    weights: Float32Array,
    gradients: Float32Array,
    first: Float32Array,
    second: Float32Array,
  ) {
    sameLength(where, weights, gradients, first, second);
    raw.adam(
      weights.length,
      ...scalars,
      at(where, weights),
      at(where, gradients),
      at(where, first),
      at(where, second),
    );
  }

  const dot = (x: Float32Array, y: Float32Array) => {
    sameLength("dot", x, y);
    return raw.dot(x.length, at("dot", x), at("dot", y));
  };

  return {
    fill: (x, value) => void raw.fill(x.length, value, at("fill", x)),
    scale: (x, factor) => void raw.scale(x.length, factor, at("scale", x)),
    axpy(a, x, y) {
      sameLength("axpy", x, y);
      raw.axpy(x.length, a, at("axpy", x), at("axpy", y));
    },
    addScaled(x, a, y, out) {
      sameLength("addScaled", x, y, out);
      raw.addScaled(x.length, at("addScaled", x), a, at("addScaled", y), at("addScaled", out));
    },
    ema(average, x, rate) {
      sameLength("ema", average, x);
      raw.ema(x.length, rate, at("ema", x), at("ema", average));
    },
    clamp: (x, limit) => void raw.clamp(x.length, limit, at("clamp", x)),
    softThreshold: (x, threshold, out = x) => shrink("softThreshold", x, threshold, 0, out),
    elasticNetProx: (x, l1, l2, out = x) => shrink("elasticNetProx", x, l1, l2, out),
    sgd(step, weights, gradients) {
      sameLength("sgd", weights, gradients);
      const { learningRate, weightDecay } = step;
      raw.sgd(weights.length, learningRate, weightDecay, at("sgd", weights), at("sgd", gradients));
    },
    sgdMomentum(step, weights, gradients, velocity) {
      const where = "sgdMomentum";
      sameLength(where, weights, gradients, velocity);
      raw.sgdMomentum(
        weights.length,
        step.learningRate,
        step.weightDecay,
        step.momentum,
        step.nesterov ? 1 : 0,
        at(where, weights),
        at(where, gradients),
        at(where, velocity),
      );
    },
    adam: (step, ...vectors) => adam("adam", adamScalars(step, false), ...vectors),
    adamw: (step, ...vectors) => adam("adamw", adamScalars(step, true), ...vectors),
    dot,
    squaredNorm: (x) => dot(x, x),
    gram(vectors, out = new Float64Array(vectors.length ** 2)) {
      sameLength("gram", ...vectors);
      const addresses = vectors.map((v) => at("gram", v));
      return accumulateGram(vectors, out, (i, j, start, length) =>
        raw.dot(length, addresses[i] + 4 * start, addresses[j] + 4 * start),
      );
    },
    firstNonFinite: (x) => raw.firstNonFinite(x.length, at("firstNonFinite", x)),
    scatterAddRows(table, ids, rows, width) {
      const where = "scatterAddRows";
      checkRows(table, ids, rows, width);
      const bad = raw.scatterAddRows(
        at(where, table),
        table.length / width,
        at(where, ids),
        at(where, rows),
        ids.length,
        width,
      );
      if (bad >= 0) throw badRow(bad, ids[bad], table.length / width);
    },
    dropoutMask(out, rate, seed, counter = 0) {
      const { threshold, kept, key } = dropoutScalars(rate, seed);
      raw.dropoutMask(out.length, threshold, kept, ...key, counter, at("dropoutMask", out));
    },
  };
}

/** Checks that vectors have one length. @throws ShapeError SHAPE_MISMATCH. */
export function sameLength(where: string, ...vectors: Float32Array[]): void {
  for (const v of vectors) {
    if (v.length === vectors[0].length) continue;
    throw new ShapeError(
      "SHAPE_MISMATCH",
      `${where}: vectors of one length; got ${vectors.map((u) => u.length).join(", ")}`,
    );
  }
}

export type AdamScalars = [
  rate: number,
  c1: number,
  beta2: number,
  c2: number,
  epsilon: number,
  l2: number,
  decay: number,
  root: number,
];

/** The eight scalars of the Adam kernel, computed in float64. */
export function adamScalars(step: AdamStep, decoupled: boolean): AdamScalars {
  const { learningRate, beta1, beta2, epsilon, weightDecay, t } = step;
  return [
    learningRate / (1 - beta1 ** t),
    1 - beta1,
    beta2,
    1 - beta2,
    epsilon,
    decoupled ? 0 : weightDecay,
    decoupled ? 1 - learningRate * weightDecay : 1,
    1 / Math.sqrt(1 - beta2 ** t),
  ];
}

/** Sums inner products piece by piece into the upper triangle and mirrors it. */
export function accumulateGram(
  vectors: readonly Float32Array[],
  out: Float64Array,
  dot: (i: number, j: number, start: number, length: number) => number,
): Float64Array {
  const k = vectors.length;
  const n = vectors[0]?.length ?? 0;
  out.fill(0);
  for (let start = 0; start < n; start += gramPiece) {
    const length = Math.min(gramPiece, n - start);
    for (let i = 0; i < k; i++) {
      for (let j = i; j < k; j++) out[i * k + j] += dot(i, j, start, length);
    }
  }
  for (let i = 0; i < k; i++) for (let j = 0; j < i; j++) out[i * k + j] = out[j * k + i];
  return out;
}

/** Checks the sizes of a row scatter. @throws ShapeError SHAPE_MISMATCH. */
export function checkRows(
  table: Float32Array,
  ids: Int32Array,
  rows: Float32Array,
  width: number,
): void {
  if (Number.isInteger(width) && width > 0 && table.length % width === 0) {
    if (rows.length === ids.length * width) return;
  }
  throw new ShapeError(
    "SHAPE_MISMATCH",
    `scatterAddRows: whole rows of ${width} floats, one an id; got ${rows.length} floats for ${ids.length} ids and a table of ${table.length}`,
  );
}

export function badRow(position: number, id: number, rows: number): ShapeError {
  return new ShapeError(
    "SHAPE_MISMATCH",
    `scatterAddRows: ids below the table's ${rows} rows; got ${id} at position ${position}`,
  );
}

/** Threshold, kept value and mixed key of a dropout mask. */
export function dropoutScalars(rate: number, seed: readonly [number, number]) {
  if (!(rate >= 0 && rate < 1)) {
    throw new ShapeError("SHAPE_MISMATCH", `dropoutMask: a rate from 0 to below 1; got ${rate}`);
  }
  const first = mix32(seed[0] ^ mix32(seed[1] ^ 0x9e3779b9));
  const key: [number, number] = [first, mix32(seed[1] ^ first)];
  return {
    threshold: Math.min(Math.round(rate * 2 ** 32), 2 ** 32 - 1),
    kept: 1 / (1 - rate),
    key,
  };
}

function mix32(value: number): number {
  let x = Math.imul(value ^ (value >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0xd35a2d97);
  return x ^ (x >>> 15);
}
