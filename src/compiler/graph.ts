import { type DType, isFloat, type TypedArray } from "../core/dtype.ts";
import { ShapeError } from "../core/errors.ts";
import { normalizeAxis, type Shape, sameShape, showShape, sizeOf } from "../core/shape.ts";
import {
  type ConvParams,
  isOp,
  type OpName,
  type OpParams,
  type PoolParams,
  type TensorType,
  type UnaryName,
} from "./op.ts";
import { ops } from "./ops.ts";
import { simplify } from "./simplify.ts";

/** A value in a graph: an operation applied to earlier values. Equal nodes are one object. */
export interface Node<K extends OpName = OpName> extends TensorType {
  readonly id: number;
  readonly op: K;
  readonly inputs: readonly Node[];
  readonly params: OpParams[K];
  /** The names of the layers that made it, outermost first, for messages. */
  readonly scope: string;
}

/**
 * A graph under construction. Nodes are hash-consed (an expression written twice is one node) and
 * simplified as they are made, so a graph never holds more than it needs.
 */
export class Graph {
  readonly nodes: Node[] = [];
  private readonly index = new Map<string, Node>();
  private readonly scopes: string[] = [];

  /** A new, empty graph: for the body of a recurrence. */
  fresh(): Graph {
    return new Graph();
  }

  /** Declares a value that is fed at run time. */
  input(name: string, shape: Shape, dtype: DType = "float32"): Tensor {
    const taken = this.nodes.find((n) => isOp(n, "input") && n.params.name === name);
    if (taken) {
      if (sameShape(taken.shape, shape) && taken.dtype === dtype) return new Tensor(this, taken);
      throw new ShapeError(
        "SHAPE_MISMATCH",
        `input ${name}: one shape; declared ${showShape(taken.shape)} and ${showShape(shape)}`,
      );
    }
    return this.apply("input", [], { name, shape: [...shape], dtype });
  }

  /** A constant. A number makes a scalar; an array needs a shape. */
  constant(
    value: number | readonly number[] | TypedArray,
    shape?: Shape,
    dtype: DType = "float32",
  ): Tensor {
    if (typeof value === "number") {
      const data =
        dtype === "float32" || dtype === "float64" ? Float64Array.of(value) : Int32Array.of(value);
      return this.apply("const", [], { value: data, shape: shape ?? [], dtype });
    }
    const data = Array.isArray(value)
      ? isFloat(dtype)
        ? Float64Array.from(value)
        : Int32Array.from(value)
      : (value as TypedArray);
    return this.apply("const", [], { value: data, shape: shape ?? [data.length], dtype });
  }

  zeros(shape: Shape, dtype: DType = "float32"): Tensor {
    return this.constant(0, [], dtype).expand(shape);
  }

  /** Runs `build` with a layer name pushed, so that messages can say where a node came from. */
  scope<T>(name: string, build: () => T): T {
    this.scopes.push(name);
    try {
      return build();
    } finally {
      this.scopes.pop();
    }
  }

  /**
   * Applies a primitive: infers the result's type, simplifies, and reuses an equal node.
   * @throws ShapeError naming the operation and the layer.
   */
  apply<K extends OpName>(op: K, inputs: readonly Tensor[], params: OpParams[K]): Tensor {
    for (const input of inputs) {
      if (input.graph !== this) {
        throw new ShapeError(
          "SHAPE_MISMATCH",
          `${op}: operands of one graph; got a tensor of another graph`,
        );
      }
    }
    const type = this.infer(op, inputs, params);
    return simplify(this, op, inputs, params, type) ?? this.make(op, inputs, params, type);
  }

  /** As `apply`, without simplification. */
  make<K extends OpName>(
    op: K,
    inputs: readonly Tensor[],
    params: OpParams[K],
    type: TensorType,
  ): Tensor {
    const key = `${op}(${inputs.map((t) => t.node.id).join()})${paramsKey(params)}`;
    const known = this.index.get(key);
    if (known) return new Tensor(this, known);
    const node: Node = {
      id: this.nodes.length,
      op,
      inputs: inputs.map((t) => t.node),
      params,
      shape: type.shape,
      dtype: type.dtype,
      scope: this.scopes.join("."),
    };
    this.nodes.push(node);
    this.index.set(key, node);
    return new Tensor(this, node);
  }

  private infer<K extends OpName>(
    op: K,
    inputs: readonly Tensor[],
    params: OpParams[K],
  ): TensorType {
    try {
      return ops[op].infer(inputs, params);
    } catch (error) {
      if (error instanceof ShapeError && this.scopes.length > 0 && !error.details.scope) {
        const scope = this.scopes.join(".");
        throw new ShapeError(error.code, `${scope}: ${error.message}`, {
          hint: error.hint,
          details: { scope },
        });
      }
      throw error;
    }
  }
}

/** A text that is equal for equal parameters; keeps NaN, -0 and infinities apart. */
function paramsKey(params: object): string {
  let key = "";
  for (const name in params) {
    const value = (params as Record<string, unknown>)[name];
    if (ArrayBuffer.isView(value)) {
      key += `;${name}=${value.constructor.name}`;
      for (const x of value as unknown as Iterable<number | bigint>)
        key += `,${Object.is(x, -0) ? "-0" : x}`;
    } else key += `;${name}=${Array.isArray(value) ? `[${value}]` : String(value)}`;
  }
  return key;
}

export type Operand = Tensor | number;

export interface ReduceOptions {
  readonly keepDims?: boolean;
}

/**
 * A handle on a node, with the operations as methods. Sizes are known while tracing: `shape` and
 * `dtype` may steer the function being traced. Operands broadcast; numbers are scalars.
 */
export class Tensor implements TensorType {
  readonly graph: Graph;
  readonly node: Node;

  constructor(graph: Graph, node: Node) {
    this.graph = graph;
    this.node = node;
  }

  get shape(): Shape {
    return this.node.shape;
  }
  get dtype(): DType {
    return this.node.dtype;
  }
  get rank(): number {
    return this.node.shape.length;
  }
  get size(): number {
    return sizeOf(this.node.shape);
  }

  private unary(op: UnaryName | "isNaN"): Tensor {
    return this.graph.apply(op, [this], {});
  }
  neg(): Tensor {
    return this.unary("neg");
  }
  exp(): Tensor {
    return this.unary("exp");
  }
  log(): Tensor {
    return this.unary("log");
  }
  sqrt(): Tensor {
    return this.unary("sqrt");
  }
  recip(): Tensor {
    return this.unary("recip");
  }
  tanh(): Tensor {
    return this.unary("tanh");
  }
  sigmoid(): Tensor {
    return this.unary("sigmoid");
  }
  /** log(1 + eˣ), without overflow. */
  softplus(): Tensor {
    return this.unary("softplus");
  }
  erf(): Tensor {
    return this.unary("erf");
  }
  /** Exact Gaussian error linear unit, x·Φ(x). */
  gelu(): Tensor {
    return this.unary("gelu");
  }
  sin(): Tensor {
    return this.unary("sin");
  }
  cos(): Tensor {
    return this.unary("cos");
  }
  abs(): Tensor {
    return this.unary("abs");
  }
  floor(): Tensor {
    return this.unary("floor");
  }
  sign(): Tensor {
    return this.unary("sign");
  }
  relu(): Tensor {
    return this.unary("relu");
  }
  isNaN(): Tensor {
    return this.unary("isNaN");
  }
  /** The same value, through which no gradient flows. */
  stopGradient(): Tensor {
    return this.unary("stopGradient");
  }
  /**
   * The same value, past which no simplification goes: all that is made from it reads it, so that a
   * gradient with respect to it is complete. Costs nothing at run time.
   */
  barrier(): Tensor {
    return this.graph.apply("barrier", [this], {});
  }
  cast(to: DType): Tensor {
    return this.graph.apply("cast", [this], { to });
  }
  square(): Tensor {
    return this.mul(this);
  }

  /** A number becomes a scalar of this tensor's type. */
  private lift(other: Operand): Tensor {
    return other instanceof Tensor ? other : this.graph.constant(other, [], this.dtype);
  }
  private binary(
    op:
      | "add"
      | "sub"
      | "mul"
      | "div"
      | "pow"
      | "maximum"
      | "minimum"
      | "gt"
      | "ge"
      | "lt"
      | "le"
      | "eq",
    other: Operand,
  ): Tensor {
    return this.graph.apply(op, [this, this.lift(other)], {});
  }
  add(other: Operand): Tensor {
    return this.binary("add", other);
  }
  sub(other: Operand): Tensor {
    return this.binary("sub", other);
  }
  mul(other: Operand): Tensor {
    return this.binary("mul", other);
  }
  div(other: Operand): Tensor {
    return this.binary("div", other);
  }
  pow(other: Operand): Tensor {
    return this.binary("pow", other);
  }
  maximum(other: Operand): Tensor {
    return this.binary("maximum", other);
  }
  minimum(other: Operand): Tensor {
    return this.binary("minimum", other);
  }
  gt(other: Operand): Tensor {
    return this.binary("gt", other);
  }
  ge(other: Operand): Tensor {
    return this.binary("ge", other);
  }
  lt(other: Operand): Tensor {
    return this.binary("lt", other);
  }
  le(other: Operand): Tensor {
    return this.binary("le", other);
  }
  eq(other: Operand): Tensor {
    return this.binary("eq", other);
  }
  /** This condition (bool) chooses between two values. */
  where(yes: Tensor, no: Operand): Tensor {
    return this.graph.apply(
      "where",
      [this, yes, no instanceof Tensor ? no : this.graph.constant(no, [], yes.dtype)],
      {},
    );
  }

  private axes(axes: number | readonly number[] | undefined): number[] {
    if (axes === undefined) return this.shape.map((_, i) => i);
    const list = typeof axes === "number" ? [axes] : [...axes];
    return list.map((a) => normalizeAxis(a, this.rank, "reduce")).sort((a, b) => a - b);
  }
  private reduce(
    op: "sum" | "sumSquares" | "mean" | "max" | "min" | "logSumExp",
    axes: number | readonly number[] | undefined,
    options: ReduceOptions,
  ): Tensor {
    return this.graph.apply(op, [this], {
      axes: this.axes(axes),
      keepDims: options.keepDims ?? false,
    });
  }
  /** Sum over `axes` (default all). */
  sum(axes?: number | readonly number[], options: ReduceOptions = {}): Tensor {
    return this.reduce("sum", axes, options);
  }
  /** Σ x² over `axes`: one pass, where `x.mul(x).sum()` takes two. */
  sumSquares(axes?: number | readonly number[], options: ReduceOptions = {}): Tensor {
    return this.reduce("sumSquares", axes, options);
  }
  mean(axes?: number | readonly number[], options: ReduceOptions = {}): Tensor {
    return this.reduce("mean", axes, options);
  }
  max(axes?: number | readonly number[], options: ReduceOptions = {}): Tensor {
    return this.reduce("max", axes, options);
  }
  min(axes?: number | readonly number[], options: ReduceOptions = {}): Tensor {
    return this.reduce("min", axes, options);
  }
  logSumExp(axes?: number | readonly number[], options: ReduceOptions = {}): Tensor {
    return this.reduce("logSumExp", axes, options);
  }
  /** Index (int32) of the largest value along an axis; the first of equals. */
  argmax(axis = -1): Tensor {
    return this.graph.apply("argmax", [this], { axis: normalizeAxis(axis, this.rank, "argmax") });
  }
  cumsum(axis = -1, reverse = false): Tensor {
    return this.graph.apply("cumsum", [this], {
      axis: normalizeAxis(axis, this.rank, "cumsum"),
      reverse,
    });
  }

  /** A view with another shape; one size may be -1. */
  reshape(shape: Shape): Tensor {
    const at = shape.indexOf(-1);
    if (at < 0) return this.graph.apply("reshape", [this], { shape: [...shape] });
    const known = shape.reduce((p, d, i) => (i === at ? p : p * d), 1);
    return this.graph.apply("reshape", [this], {
      shape: shape.map((d, i) => (i === at ? this.size / known : d)),
    });
  }
  /** Permutes the axes; without an argument, swaps the last two. */
  transpose(permutation?: readonly number[]): Tensor {
    const order =
      permutation ??
      this.shape.map((_, i) => (i < this.rank - 2 ? i : i === this.rank - 2 ? i + 1 : i - 1));
    return this.graph.apply("transpose", [this], { permutation: [...order] });
  }
  expand(shape: Shape): Tensor {
    return this.graph.apply("expand", [this], { shape: [...shape] });
  }
  unsqueeze(axis: number): Tensor {
    const at = axis < 0 ? axis + this.rank + 1 : axis;
    return this.reshape([...this.shape.slice(0, at), 1, ...this.shape.slice(at)]);
  }
  squeeze(axis: number): Tensor {
    const at = normalizeAxis(axis, this.rank, "squeeze");
    return this.reshape(this.shape.filter((_, i) => i !== at));
  }
  /** The part from `start` to `end` (exclusive) along one axis. */
  slice(axis: number, start: number, end?: number, step = 1): Tensor {
    const at = normalizeAxis(axis, this.rank, "slice");
    return this.graph.apply("slice", [this], {
      starts: this.shape.map((_, i) => (i === at ? start : 0)),
      ends: this.shape.map((d, i) => (i === at ? (end ?? d) : d)),
      steps: this.shape.map((_, i) => (i === at ? step : 1)),
    });
  }
  /** Zeros before and after each axis. */
  pad(before: readonly number[], after: readonly number[], interior?: readonly number[]): Tensor {
    return this.graph.apply("pad", [this], {
      before: [...before],
      after: [...after],
      interior: interior ? [...interior] : before.map(() => 0),
    });
  }

  /** Rows of this table: `[V, ...D]`, ids int32 `[...I]` → `[...I, ...D]`. */
  gather(ids: Tensor): Tensor {
    return this.graph.apply("gather", [this, ids], {});
  }
  takeAlong(index: Tensor, axis = -1): Tensor {
    return this.graph.apply("takeAlong", [this, index], {
      axis: normalizeAxis(axis, this.rank, "takeAlong"),
    });
  }
  oneHot(depth: number): Tensor {
    return this.graph.apply("oneHot", [this], { depth });
  }
  /** Indexes of the k largest values along the last axis, largest first. */
  topKIndex(k: number): Tensor {
    return this.graph.apply("topKIndex", [this], { k });
  }

  /** Matrix product over the last two axes; leading axes broadcast. */
  matmul(
    other: Tensor,
    flags: { readonly transposeA?: boolean; readonly transposeB?: boolean } = {},
  ): Tensor {
    return this.graph.apply("matmul", [this, other], {
      transposeA: flags.transposeA ?? false,
      transposeB: flags.transposeB ?? false,
    });
  }
  /** `this · weight + bias` for matrices: `[B, I], [I, O], [O] → [B, O]`. */
  gemm(weight: Tensor, bias: Tensor): Tensor {
    return this.graph.apply("gemm", [this, weight, bias], { transposeA: false, transposeB: false });
  }
  /** Convolution of `[N, C, ...]` by `[M, C/groups, ...]`, plus a bias `[M]` if given. */
  conv(weight: Tensor, params: Partial<ConvParams> = {}, bias?: Tensor): Tensor {
    const operands = bias ? [this, weight, bias] : [this, weight];
    return this.graph.apply("conv", operands, convParams(this.rank - 2, params));
  }
  convTranspose(
    weight: Tensor,
    spatial: readonly number[],
    params: Partial<ConvParams> = {},
  ): Tensor {
    return this.graph.apply("convTranspose", [this, weight], {
      ...convParams(this.rank - 2, params),
      spatial: [...spatial],
    });
  }
  maxPool(params: PoolArguments): Tensor {
    return this.graph.apply("maxPool", [this], poolParams(this.rank - 2, params));
  }
  avgPool(params: PoolArguments): Tensor {
    return this.graph.apply("avgPool", [this], poolParams(this.rank - 2, params));
  }
  softmax(): Tensor {
    return this.graph.apply("softmax", [this], {});
  }
  logSoftmax(): Tensor {
    return this.graph.apply("logSoftmax", [this], {});
  }
  layerNorm(scale: Tensor, shift: Tensor, epsilon = 1e-5): Tensor {
    return this.graph.apply("layerNorm", [this, scale, shift], { epsilon });
  }
  /** Normalises channels (axis 1) with given statistics. */
  batchNorm(scale: Tensor, shift: Tensor, mean: Tensor, variance: Tensor, epsilon = 1e-5): Tensor {
    return this.graph.apply("batchNorm", [this, scale, shift, mean, variance], { epsilon });
  }
  cholesky(): Tensor {
    return this.graph.apply("cholesky", [this], {});
  }
  /** Solves `L x = b` for this lower-triangular L. */
  triangularSolve(b: Tensor, transpose = false): Tensor {
    return this.graph.apply("triangularSolve", [this, b], { transpose });
  }
}

/** Joins tensors along an axis. */
export function concat(tensors: readonly Tensor[], axis: number): Tensor {
  const [first] = tensors;
  return first.graph.apply("concat", tensors, { axis: normalizeAxis(axis, first.rank, "concat") });
}

/** Adds rows into a zero table of `size` rows. */
export function scatterAdd(ids: Tensor, rows: Tensor, size: number): Tensor {
  return ids.graph.apply("scatterAdd", [ids, rows], { size });
}

export interface PoolArguments {
  readonly kernel: readonly number[];
  readonly strides?: readonly number[];
  readonly pads?: readonly number[];
}

function poolParams(rank: number, p: PoolArguments): PoolParams {
  return {
    kernel: [...p.kernel],
    strides: [...(p.strides ?? p.kernel)],
    pads: [...(p.pads ?? new Array(2 * rank).fill(0))],
  };
}

function convParams(rank: number, p: Partial<ConvParams>): ConvParams {
  return {
    strides: [...(p.strides ?? new Array(rank).fill(1))],
    dilations: [...(p.dilations ?? new Array(rank).fill(1))],
    pads: [...(p.pads ?? new Array(2 * rank).fill(0))],
    groups: p.groups ?? 1,
  };
}
