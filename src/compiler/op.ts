/**
 * The contract of a primitive: one row holds all that the compiler knows about it. Passes read rows
 * and traits, never names; `ops.ts` is the literal table of rows.
 */
import type { DType, TypedArray } from "../core/dtype.ts";
import type { Shape } from "../core/shape.ts";
import type { Node, Tensor } from "./graph.ts";
import type { JsFunction } from "./js/run.ts";
import type { OnnxEmitter } from "./onnx/emitter.ts";
import type { ScanBody } from "./scan-body.ts";

export interface TensorType {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** How a window slides over the spatial axes of an `[N, C, ...spatial]` tensor. */
export interface ConvParams {
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Padding before each spatial axis, then after each. */
  readonly pads: readonly number[];
  readonly groups: number;
}

export interface PoolParams {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly pads: readonly number[];
}

type None = Record<never, never>;

/** The parameters each primitive takes. A name that is missing here has no row, and the reverse. */
export interface OpParams {
  // sources
  input: { readonly name: string; readonly shape: Shape; readonly dtype: DType };
  const: { readonly value: TypedArray; readonly shape: Shape; readonly dtype: DType };
  // elementwise, one operand
  neg: None;
  exp: None;
  log: None;
  sqrt: None;
  recip: None;
  tanh: None;
  sigmoid: None;
  softplus: None;
  erf: None;
  gelu: None;
  sin: None;
  cos: None;
  abs: None;
  floor: None;
  sign: None;
  relu: None;
  isNaN: None;
  cast: { readonly to: DType };
  stopGradient: None;
  barrier: None;
  // elementwise, two or three operands (they broadcast)
  add: None;
  sub: None;
  mul: None;
  div: None;
  pow: None;
  maximum: None;
  minimum: None;
  gt: None;
  ge: None;
  lt: None;
  le: None;
  eq: None;
  where: None;
  // reductions over `axes` (sorted, non-negative)
  sum: { readonly axes: readonly number[]; readonly keepDims: boolean };
  sumSquares: { readonly axes: readonly number[]; readonly keepDims: boolean };
  mean: { readonly axes: readonly number[]; readonly keepDims: boolean };
  max: { readonly axes: readonly number[]; readonly keepDims: boolean };
  min: { readonly axes: readonly number[]; readonly keepDims: boolean };
  logSumExp: { readonly axes: readonly number[]; readonly keepDims: boolean };
  argmax: { readonly axis: number };
  cumsum: { readonly axis: number; readonly reverse: boolean };
  // movement
  reshape: { readonly shape: Shape };
  transpose: { readonly permutation: readonly number[] };
  expand: { readonly shape: Shape };
  concat: { readonly axis: number };
  slice: {
    readonly starts: readonly number[];
    readonly ends: readonly number[];
    readonly steps: readonly number[];
  };
  /** Pads with zeros; `interior` zeros go between neighbours. */
  pad: {
    readonly before: readonly number[];
    readonly after: readonly number[];
    readonly interior: readonly number[];
  };
  // indexing
  /** `table[ids]` along axis 0: `[V, ...D], ids → [...ids, ...D]`. */
  gather: None;
  /** Adds rows into zeros: `ids, rows [...ids, ...D] → [size, ...D]`. Negative ids are skipped. */
  scatterAdd: { readonly size: number };
  /** `x[..., index, ...]` along an axis, index of the result's shape. */
  takeAlong: { readonly axis: number };
  /** Adjoint of `takeAlong`: adds values into zeros of `size` along the axis. */
  putAlongAdd: { readonly axis: number; readonly size: number };
  oneHot: { readonly depth: number };
  /** Indexes of the k largest along the last axis, largest first. */
  topKIndex: { readonly k: number };
  // linear
  /** Batched matrix product; a flag transposes the last two axes of its operand. */
  matmul: { readonly transposeA: boolean; readonly transposeB: boolean };
  /** `a·b + bias` of matrices, flags transpose. */
  gemm: { readonly transposeA: boolean; readonly transposeB: boolean };
  /** `x [N,C,...], w [M,C/g,...]`, optionally a bias `[M]` → `[N,M,...]`. */
  conv: ConvParams;
  /** Adjoint of `conv` in x: `y, w → x` of the given spatial size. */
  convTranspose: ConvParams & { readonly spatial: readonly number[] };
  /** Adjoint of `conv` in w: `x, y → w` of the given kernel size. */
  convWeight: ConvParams & { readonly kernel: readonly number[] };
  maxPool: PoolParams;
  /** Adjoint of `maxPool`: `x, gradient of y → gradient of x`. */
  maxPoolGrad: PoolParams;
  avgPool: PoolParams;
  /** Adjoint of `avgPool`: `gradient of y → gradient of x` of the given spatial size. */
  avgPoolGrad: PoolParams & { readonly spatial: readonly number[] };
  // normalising
  softmax: None;
  logSoftmax: None;
  /** Over the last axis, `x, scale, shift`. */
  layerNorm: { readonly epsilon: number };
  /** Mean (`stat` 0) or inverse deviation (1) of x in `x, scale, shift`, over the last axis, kept as size 1. */
  layerNormStat: { readonly epsilon: number; readonly stat: 0 | 1 };
  /** Axis 1 are channels: `x, scale, shift, mean, variance`. */
  batchNorm: { readonly epsilon: number };
  /** Uniform numbers in [0,1) hashed from a counter: `seed [2] int32 → shape`. */
  hashUniform: { readonly shape: Shape };
  // recurrences
  /**
   * `state, sequences [T, …], constants → states [T, …state]`: the body applied to each step's state,
   * from the last step to the first if reversed.
   */
  scan: { readonly body: ScanBody; readonly sequences: number; readonly reverse: boolean };
  // dense linear algebra on the last two axes (JavaScript target only)
  cholesky: None;
  /** Solves `L x = b` (or `Lᵀ x = b`) with a lower-triangular L. */
  triangularSolve: { readonly transpose: boolean };
}

export type OpName = keyof OpParams;

/** Operations that take one float tensor, element by element, and give another. */
export type UnaryName =
  | "neg"
  | "exp"
  | "log"
  | "sqrt"
  | "recip"
  | "tanh"
  | "sigmoid"
  | "softplus"
  | "erf"
  | "gelu"
  | "sin"
  | "cos"
  | "abs"
  | "floor"
  | "sign"
  | "relu"
  | "stopGradient";

/** Narrows a node to an operation, giving its parameters their type. */
export function isOp<K extends OpName>(node: Node, op: K): node is Node<K> {
  return node.op === op;
}

/**
 * What passes may ask of a primitive.
 * - `elementwise`: out[i] depends on the operands' [i] alone (after broadcasting).
 * - `commutative`: operands may be swapped.
 * - `movement`: only moves elements.
 * - `source`: has no operands.
 * - `barrier`: no simplification goes past it.
 */
export type Trait = "elementwise" | "commutative" | "movement" | "source" | "reduction" | "barrier";

/** The cotangent of each operand (null where there is none), given that of the result. */
export type Vjp<K extends OpName> = (
  grad: Tensor,
  at: {
    readonly inputs: readonly Tensor[];
    readonly output: Tensor;
    readonly params: OpParams[K];
    /** Reverse mode itself, for rows that hold a graph of their own. */
    readonly differentiate: (output: Tensor, cotangent: Tensor, wrt: readonly Tensor[]) => Tensor[];
  },
) => (Tensor | null)[];

/** Emits ONNX nodes and returns the name of the result. */
export type OnnxRule<K extends OpName> = (
  emit: OnnxEmitter,
  inputs: readonly string[],
  node: Node<K>,
) => string;

/** A reduction, which the emitter turns into a loop. */
export interface JsReduction<K extends OpName = OpName> {
  readonly axes: (params: OpParams[K]) => readonly number[];
  readonly start: number;
  /** The next value of the accumulator; associative. */
  readonly step: (accumulator: string, element: string) => string;
  /** The result, given how many elements were reduced. */
  readonly finish?: (accumulator: string, count: number) => string;
}

/**
 * How the JavaScript target computes a primitive: an expression of scalar operands (they broadcast to
 * the result's shape) or a reduction, which the emitter fuses into loops; the operand's own elements
 * under another shape; or a kernel over whole arrays. All element types are held as doubles.
 */
export type JsRule<K extends OpName> =
  | { readonly expression: (operands: readonly string[], params: OpParams[K]) => string }
  | JsReduction<K>
  | { readonly alias: true }
  | {
      readonly kernel: (out: Float64Array, inputs: readonly Float64Array[], node: Node<K>) => void;
      /** Makes the kernel of one node, where it has code of its own to compile first. */
      readonly prepare?: (
        node: Node<K>,
        compile: (outputs: readonly Tensor[]) => JsFunction,
      ) => (out: Float64Array, inputs: readonly Float64Array[]) => void;
    };

/** Where test inputs may be drawn: an interval, integers below a bound, or well-separated values. */
export type Domain =
  | { readonly from: number; readonly to: number }
  | { readonly integersBelow: number }
  | { readonly distinct: true }
  | { readonly positiveDefinite: true }
  | { readonly booleans: true };

/** A small problem on which the generated tests run a row. */
export interface Sample<K extends OpName> {
  readonly shapes: readonly Shape[];
  readonly params: OpParams[K];
  /** One domain an operand; default `{ from: -2, to: 2 }`. */
  readonly domains?: readonly (Domain | undefined)[];
  readonly dtypes?: readonly (DType | undefined)[];
}

export interface OpRow<K extends OpName> {
  /** What it computes, in one line. */
  readonly summary: string;
  readonly traits: readonly Trait[];
  /** The result's type; throws ShapeError naming the operation. */
  readonly infer: (inputs: readonly TensorType[], params: OpParams[K]) => TensorType;
  /** The derivative, or why there is none. */
  readonly vjp: Vjp<K> | { readonly none: string };
  readonly onnx: OnnxRule<K> | { readonly none: string };
  readonly js: JsRule<K>;
  readonly samples: readonly Sample<K>[];
}

export type OpTable = { readonly [K in OpName]: OpRow<K> };
