import { sameShape, sizeOf } from "../core/shape.ts";
import { type Graph, type Node, Tensor } from "./graph.ts";
import { isOp, type OpName, type OpParams, type TensorType } from "./op.ts";
import { ops } from "./ops.ts";

/** Constants up to this many elements are folded while tracing. */
const foldLimit = 64;

/**
 * The simpler equal of an application, if a rule knows one. Called as each node is made, so operands
 * are simple already. Rules keep values equal to rounding, NaN and infinities included.
 */
export function simplify<K extends OpName>(
  graph: Graph,
  op: K,
  inputs: readonly Tensor[],
  params: OpParams[K],
  type: TensorType,
): Tensor | undefined {
  if (ops[op].traits.includes("barrier")) return undefined;
  return (
    fold(graph, op, inputs, params, type) ??
    rules[op]?.(graph, inputs, params as never, type) ??
    dropExpand(graph, op, inputs, params, type)
  );
}

type Rule<K extends OpName> = (
  graph: Graph,
  inputs: readonly Tensor[],
  params: OpParams[K],
  type: TensorType,
) => Tensor | undefined;

/** Evaluates an operation on small constants. */
function fold<K extends OpName>(
  graph: Graph,
  op: K,
  inputs: readonly Tensor[],
  params: OpParams[K],
  type: TensorType,
): Tensor | undefined {
  if (
    inputs.length === 0 ||
    sizeOf(type.shape) > foldLimit ||
    !inputs.every((t) => isOp(t.node, "const"))
  )
    return undefined;
  const { js } = ops[op];
  if ("alias" in js) return graph.constant(constantValues(inputs[0].node), type.shape, type.dtype);
  if ("prepare" in js) return undefined;
  if (!("kernel" in js)) return foldScalar(graph, op, inputs, params, type);
  const out = new Float64Array(sizeOf(type.shape));
  const { shape, dtype } = type;
  const node = {
    id: -1,
    op,
    inputs: inputs.map((t) => t.node),
    params,
    shape,
    dtype,
    scope: "",
  } as Node<K>;
  js.kernel(
    out,
    inputs.map((t) => constantValues(t.node)),
    node,
  );
  return graph.constant(out, type.shape, type.dtype);
}

const scalarFolds: Partial<Record<OpName, (a: number, b: number) => number>> = {
  neg: (a) => -a,
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  recip: (a) => 1 / a,
  tanh: Math.tanh,
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  pow: (a, b) => a ** b,
};

function foldScalar(
  graph: Graph,
  op: OpName,
  inputs: readonly Tensor[],
  params: object,
  type: TensorType,
): Tensor | undefined {
  if (op === "cast" && sizeOf(type.shape) === 1) {
    const to = (params as OpParams["cast"]).to;
    const value = constantValues(inputs[0].node)[0];
    return to === "float32" || to === "float64"
      ? graph.constant(Float64Array.of(value), type.shape, to)
      : undefined;
  }
  const apply = scalarFolds[op];
  if (!apply || inputs.some((t) => t.size !== 1)) return undefined;
  const [a, b] = inputs.map((t) => constantValues(t.node)[0]);
  return graph.constant(Float64Array.of(apply(a, b)), type.shape, type.dtype);
}

/** The elements of a constant; one that was given as a single number is repeated. */
function constantValues(node: Node): Float64Array {
  const { value } = (node as Node<"const">).params;
  return value.length === 1
    ? new Float64Array(sizeOf(node.shape)).fill(Number(value[0]))
    : Float64Array.from(value as ArrayLike<number>, Number);
}

/** Whether a node is a constant whose every element is `value`; expansion does not matter. */
function isConstant(node: Node, value: number): boolean {
  if (isOp(node, "expand") || isOp(node, "reshape")) return isConstant(node.inputs[0], value);
  return (
    isOp(node, "const") &&
    (node.params.value as ArrayLike<number>).length > 0 &&
    Array.prototype.every.call(node.params.value, (x: number) => Object.is(Number(x), value))
  );
}

/**
 * Broadcasting does what `expand` does: an elementwise operation takes what was stretched, and its
 * result is stretched if it has to be.
 */
function dropExpand<K extends OpName>(
  graph: Graph,
  op: K,
  inputs: readonly Tensor[],
  params: OpParams[K],
  type: TensorType,
): Tensor | undefined {
  if (!ops[op].traits.includes("elementwise") || !inputs.some((t) => isOp(t.node, "expand"))) {
    return undefined;
  }
  const small = inputs.map((t) => (isOp(t.node, "expand") ? operand(graph, t) : t));
  return graph.apply(op, small, params).expand(type.shape);
}

const sameType = (t: Tensor, type: TensorType) =>
  sameShape(t.shape, type.shape) && t.dtype === type.dtype;

const operand = (graph: Graph, t: Tensor, i = 0) => new Tensor(graph, t.node.inputs[i]);

const rules: { readonly [K in OpName]?: Rule<K> } = {
  stopGradient: () => undefined,
  neg: (graph, [x]) => (isOp(x.node, "neg") ? operand(graph, x) : undefined),
  cast: (_, [x], p) => (x.dtype === p.to ? x : undefined),
  add: (graph, [a, b], _, type) => {
    if (isConstant(b.node, 0) && sameType(a, type)) return a;
    if (isConstant(a.node, 0) && sameType(b, type)) return b;
    if (isOp(b.node, "neg")) return a.sub(operand(graph, b));
    if (isOp(a.node, "neg")) return b.sub(operand(graph, a));
    return undefined;
  },
  sub: (graph, [a, b], _, type) => {
    if (isConstant(b.node, 0) && sameType(a, type)) return a;
    if (isConstant(a.node, 0) && sameType(b, type)) return b.neg();
    if (isOp(b.node, "neg")) return a.add(operand(graph, b));
    return undefined;
  },
  mul: (graph, [a, b], _, type) => {
    if (isConstant(b.node, 1) && sameType(a, type)) return a;
    if (isConstant(a.node, 1) && sameType(b, type)) return b;
    if (isConstant(b.node, -1) && sameType(a, type)) return a.neg();
    if (isConstant(a.node, -1) && sameType(b, type)) return b.neg();
    // c·(d·x) = (c·d)·x for scalar constants
    const [x, c] = isScalarConstant(b.node) ? [a, b] : isScalarConstant(a.node) ? [b, a] : [];
    if (x && c && isOp(x.node, "mul")) {
      const [p, q] = [operand(graph, x, 0), operand(graph, x, 1)];
      if (isScalarConstant(q.node)) return p.mul(q.mul(c));
      if (isScalarConstant(p.node)) return q.mul(p.mul(c));
    }
    return undefined;
  },
  div: (_, [a, b], __, type) => {
    if (isConstant(b.node, 1) && sameType(a, type)) return a;
    return undefined;
  },
  pow: (_, [a, b]) => {
    if (isConstant(b.node, 1) && b.rank === 0) return a;
    if (isConstant(b.node, 2) && b.rank === 0) return a.mul(a);
    if (isConstant(b.node, 0.5) && b.rank === 0) return a.sqrt();
    if (isConstant(b.node, -1) && b.rank === 0) return a.recip();
    return undefined;
  },
  reshape: (graph, [x], p) => {
    if (sameShape(x.shape, p.shape)) return x;
    if (isOp(x.node, "reshape")) return operand(graph, x).reshape(p.shape);
    return undefined;
  },
  transpose: (graph, [x], { permutation }) => {
    if (permutation.every((from, to) => from === to)) return x;
    const { node } = x;
    if (isOp(node, "transpose"))
      return operand(graph, x).transpose(permutation.map((i) => node.params.permutation[i]));
    return undefined;
  },
  expand: (graph, [x], p) => {
    if (sameShape(x.shape, p.shape)) return x;
    if (isOp(x.node, "expand")) return operand(graph, x).expand(p.shape);
    return x.size === sizeOf(p.shape) ? x.reshape(p.shape) : undefined;
  },
  concat: (graph, inputs, p) => {
    if (inputs.length === 1) return inputs[0];
    return joinSlices(graph, inputs, p.axis);
  },
  slice: (_, [x], p) =>
    x.shape.every((d, i) => p.starts[i] === 0 && p.ends[i] === d && p.steps[i] === 1)
      ? x
      : undefined,
  pad: (_, [x], p) =>
    p.before.every((b, i) => b === 0 && p.after[i] === 0 && (p.interior[i] === 0 || x.shape[i] < 2))
      ? x
      : undefined,
  // The largest is the same before and after what keeps the order of all elements of a window, and
  // fewer are left afterwards.
  maxPool: (graph, [x], p) => {
    const { node } = x;
    if (isOp(node, "relu")) return operand(graph, x).maxPool(p).relu();
    if (!isOp(node, "add")) return undefined;
    const [a, b] = [operand(graph, x, 0), operand(graph, x, 1)];
    if (isChannelwise(b, x)) return a.maxPool(p).add(b);
    return isChannelwise(a, x) ? b.maxPool(p).add(a) : undefined;
  },
  sum: (_, [x], p, type) =>
    p.axes.every((a) => x.shape[a] === 1) ? x.reshape(type.shape) : undefined,
  // ONNX takes an empty list of axes for all of them, so these two must not get one.
  sumSquares: (_, [x], p, type) =>
    p.axes.every((a) => x.shape[a] === 1) ? x.mul(x).reshape(type.shape) : undefined,
  logSumExp: (_, [x], p, type) =>
    p.axes.every((a) => x.shape[a] === 1) ? x.reshape(type.shape) : undefined,
  mean: (_, [x], p, type) =>
    p.axes.every((a) => x.shape[a] === 1) ? x.reshape(type.shape) : undefined,
  max: (_, [x], p, type) =>
    p.axes.every((a) => x.shape[a] === 1) ? x.reshape(type.shape) : undefined,
  min: (_, [x], p, type) =>
    p.axes.every((a) => x.shape[a] === 1) ? x.reshape(type.shape) : undefined,
};

/** Whether a term of a sum `[N, C, ...spatial]` is one number for all places of a channel. */
function isChannelwise(term: Tensor, sum: Tensor): boolean {
  const places = Math.min(term.rank, sum.rank - 2);
  return (
    term.shape.slice(term.rank - places).every((d) => d === 1) && sizeOf(term.shape) < sum.size
  );
}

function isScalarConstant(node: Node): boolean {
  return isOp(node, "const") && node.shape.length === 0;
}

/** Neighbouring slices of one tensor, joined again, are one slice of it. */
function joinSlices(graph: Graph, inputs: readonly Tensor[], axis: number): Tensor | undefined {
  const out: Tensor[] = [];
  for (const input of inputs) {
    const last = out.at(-1);
    const a = last?.node;
    const b = input.node;
    if (a && isOp(a, "slice") && isOp(b, "slice") && a.inputs[0] === b.inputs[0]) {
      const [p, q] = [a.params, b.params];
      const plain = p.steps.every((s) => s === 1) && q.steps.every((s) => s === 1);
      const side = p.starts.every((_, i) =>
        i === axis
          ? p.ends[i] === q.starts[i]
          : p.starts[i] === q.starts[i] && p.ends[i] === q.ends[i],
      );
      if (plain && side) {
        out[out.length - 1] = graph.apply("slice", [new Tensor(graph, a.inputs[0])], {
          starts: p.starts,
          ends: p.ends.map((e, i) => (i === axis ? q.ends[i] : e)),
          steps: p.steps,
        });
        continue;
      }
    }
    out.push(input);
  }
  if (out.length === inputs.length) return undefined;
  return out.length === 1 ? out[0] : graph.apply("concat", out, { axis });
}
