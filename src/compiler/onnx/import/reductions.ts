import type { Tensor } from "../../graph.ts";
import { type Constant, stretch } from "./constant.ts";
import { type ImportNode, isTensor, type Operator, type Value } from "./node.ts";

type Reduce = (x: Tensor, axes: readonly number[], keepDims: boolean) => Tensor;

/** A reduction: over the axes of an attribute, of an operand, or all. */
function reduction(
  tensor: Reduce | undefined,
  number?: (a: number, b: number) => number,
  start = 0,
): Operator {
  return (node) => {
    const x = node.value(0);
    const given = node.axes(1, x.shape.length);
    if (!given?.length && node.integer("noop_with_empty_axes", 0) === 1) return x;
    const axes = (given?.length ? given : x.shape.map((_, i) => i)).sort((a, b) => a - b);
    const keep = node.integer("keepdims", 1) === 1;
    if (!isTensor(x) && number) return reduceConstant(x, axes, keep, number, start);
    return tensor?.(node.lift(x), axes, keep) ?? node.refuse("a constant", "a computed value");
  };
}

function reduceConstant(
  x: Constant,
  axes: readonly number[],
  keep: boolean,
  number: (a: number, b: number) => number,
  start: number,
): Constant {
  const kept = x.shape.map((d, i) => (axes.includes(i) ? 1 : d));
  const size = kept.reduce((a, b) => a * b, 1);
  const data = new Float64Array(size).fill(start);
  const places = stretch(
    { dtype: "int32", shape: kept, data: Float64Array.from(data, (_, i) => i) },
    x.shape,
  );
  x.data.forEach((value, i) => {
    data[places.data[i]] = number(data[places.data[i]], value);
  });
  return { dtype: x.dtype, shape: keep ? kept : kept.filter((_, i) => !axes.includes(i)), data };
}

const asFloat = (x: Tensor) => (x.dtype === "float32" ? x : x.cast("float32"));

const argmax: Operator = (node) => {
  const x = node.tensor(0);
  const axis = node.axis("axis", 0, x.rank);
  if (node.integer("select_last_index", 0) === 1) node.refuse("the first of equals", "the last");
  const index = x.argmax(axis);
  return node.integer("keepdims", 1) === 1 ? index.unsqueeze(axis) : index;
};

const cumulative: Operator = (node) => {
  if (node.integer("exclusive", 0) === 1) node.refuse("sums with their own element", "without");
  const x = asFloat(node.tensor(0));
  const axis = node.constant(1).data[0];
  const sums = x.cumsum(axis, node.integer("reverse", 0) === 1);
  return node.tensor(0).dtype === "int32" ? sums.cast("int32") : sums;
};

/** `x` with `axis` moved last, given to `apply`, and moved back. */
function alongLast(x: Tensor, axis: number, apply: (t: Tensor) => Tensor): Tensor {
  if (axis === x.rank - 1) return apply(x);
  const swap = x.shape.map((_, i) => (i === axis ? x.rank - 1 : i === x.rank - 1 ? axis : i));
  return apply(x.transpose(swap)).transpose(swap);
}

/** Softmax over an axis; before version 13 over all axes from it on. */
function softmax(apply: (t: Tensor) => Tensor): Operator {
  return (node: ImportNode): Value => {
    const x = node.tensor(0);
    const axis = node.axis("axis", node.opset < 13 ? 1 : -1, x.rank);
    if (node.opset >= 13) return alongLast(x, axis, apply);
    const rest = x.shape.slice(axis).reduce((a, b) => a * b, 1);
    return apply(x.reshape([...x.shape.slice(0, axis), rest])).reshape(x.shape);
  };
}

/** Operators that look at all elements along axes. */
export const reductions: Readonly<Record<string, Operator>> = {
  ReduceSum: reduction(
    (x, axes, keepDims) => x.sum(axes, { keepDims }),
    (a, b) => a + b,
  ),
  ReduceMean: reduction((x, axes, keepDims) => asFloat(x).mean(axes, { keepDims })),
  ReduceMax: reduction((x, axes, keepDims) => x.max(axes, { keepDims }), Math.max, -Infinity),
  ReduceMin: reduction((x, axes, keepDims) => x.min(axes, { keepDims }), Math.min, Infinity),
  ReduceProd: reduction(undefined, (a, b) => a * b, 1),
  ReduceSumSquare: reduction((x, axes, keepDims) => x.sumSquares(axes, { keepDims })),
  ReduceL1: reduction((x, axes, keepDims) => x.abs().sum(axes, { keepDims })),
  ReduceL2: reduction((x, axes, keepDims) => x.sumSquares(axes, { keepDims }).sqrt()),
  ReduceLogSumExp: reduction((x, axes, keepDims) => x.logSumExp(axes, { keepDims })),
  ArgMax: argmax,
  CumSum: cumulative,
  Softmax: softmax((x) => x.softmax()),
  LogSoftmax: softmax((x) => x.logSoftmax()),
};
