import { ShapeError } from "../../../core/errors.ts";
import { broadcastShapes, type Shape, sizeOf, stridesOf } from "../../../core/shape.ts";
import type { Graph, Tensor } from "../../graph.ts";
import { isStrings, type OnnxTensor } from "../tensor-data.ts";

/** What element types of ONNX become: floats of any width are the graph's float, integers are int32. */
export type ImportedType = "float32" | "int32" | "bool";

/**
 * An array that is known while a model is traced: a constant, a shape, or what is computed of them.
 * Sizes and axes come from these; they never become nodes unless a tensor meets them.
 */
export interface Constant {
  readonly dtype: ImportedType;
  readonly shape: Shape;
  readonly data: Float64Array;
}

/** The imported form of an ONNX element type; undefined for those that have none. */
export function importedType(dtype: string): ImportedType | undefined {
  if (dtype === "float32" || dtype === "float64") return "float32";
  if (dtype === "int64" || dtype === "int32" || dtype === "uint8") return "int32";
  return dtype === "bool" ? "bool" : undefined;
}

/** A tensor stored in a model. */
export function constantOf(stored: OnnxTensor, where: string): Constant {
  const dtype = importedType(stored.dtype);
  if (dtype === undefined || isStrings(stored.data)) {
    throw new ShapeError("DTYPE_MISMATCH", `${where}: numbers; got ${stored.dtype}`);
  }
  const data = Float64Array.from(stored.data as ArrayLike<number>, Number);
  return { dtype, shape: stored.dims, data };
}

/** A vector of integers: a shape or a list of axes. */
export function integers(values: readonly number[]): Constant {
  return { dtype: "int32", shape: [values.length], data: Float64Array.from(values) };
}

/** The constant as a node of the graph; one number repeated is stretched, however large. */
export function constantTensor(graph: Graph, constant: Constant): Tensor {
  const { data, dtype, shape } = constant;
  // 64-bit bounds such as "to the end" stand for the largest 32-bit ones.
  const bound = (x: number) => Math.max(-2147483648, Math.min(2147483647, x));
  const values = dtype === "int32" ? data.map(bound) : data;
  if (data.length > 0 && values.every((x) => Object.is(x, values[0]))) {
    return graph.constant(values[0], [], dtype).expand(shape);
  }
  const stored = dtype === "float32" ? values : Int32Array.from(values);
  return graph.constant(stored, shape, dtype);
}

/** Applies a function of two numbers to constants that broadcast. */
export function combine(
  a: Constant,
  b: Constant,
  dtype: ImportedType,
  apply: (x: number, y: number) => number,
): Constant {
  const shape = broadcastShapes(a.shape, b.shape, "constants");
  const [x, y] = [stretch(a, shape), stretch(b, shape)];
  return { dtype, shape, data: x.data.map((value, i) => apply(value, y.data[i])) };
}

/** Applies a function of one number. */
export function map(x: Constant, apply: (value: number) => number, dtype = x.dtype): Constant {
  return { dtype, shape: x.shape, data: x.data.map(apply) };
}

/** Repeats along axes of size 1, and adds axes at the left. */
export function stretch(x: Constant, shape: Shape): Constant {
  const lead = shape.length - x.shape.length;
  const strides = stridesOf(x.shape).map((s, i) => (x.shape[i] === 1 ? 0 : s));
  return pick(x, shape, [...new Array<number>(lead).fill(0), ...strides], 0);
}

/** Elements at regular steps: `offset + Σ index · stride`. */
function pick(x: Constant, shape: Shape, strides: readonly number[], offset: number): Constant {
  const data = new Float64Array(sizeOf(shape));
  const index = new Array<number>(shape.length).fill(0);
  for (let i = 0, from = offset; i < data.length; i++) {
    data[i] = x.data[from];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis];
      if (++index[axis] < shape[axis]) break;
      from -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return { dtype: x.dtype, shape, data };
}

/** The axes in another order. */
export function permute(x: Constant, order: readonly number[]): Constant {
  const strides = stridesOf(x.shape);
  const shape = order.map((axis) => x.shape[axis]);
  return pick(
    x,
    shape,
    order.map((axis) => strides[axis]),
    0,
  );
}

/** The elements of a box, at steps that may be negative. */
export function cut(
  x: Constant,
  starts: readonly number[],
  counts: readonly number[],
  steps: readonly number[],
): Constant {
  const strides = stridesOf(x.shape);
  const offset = starts.reduce((sum, start, axis) => sum + start * strides[axis], 0);
  return pick(
    x,
    counts,
    strides.map((stride, axis) => stride * steps[axis]),
    offset,
  );
}

/** Constants side by side along an axis. */
export function join(parts: readonly Constant[], axis: number): Constant {
  const [{ dtype, shape: first }] = parts;
  const size = parts.reduce((sum, part) => sum + part.shape[axis], 0);
  const shape = first.map((d, i) => (i === axis ? size : d));
  const data = new Float64Array(sizeOf(shape));
  const row = sizeOf(shape.slice(axis));
  let at = 0;
  for (const part of parts) {
    const width = sizeOf(part.shape.slice(axis));
    for (let r = 0; r * width < part.data.length; r++)
      data.set(part.data.subarray(r * width, (r + 1) * width), r * row + at);
    at += width;
  }
  return { dtype, shape, data };
}

/** Elements by index along an axis; negative indexes count from its end. */
export function take(x: Constant, index: Constant, axis: number): Constant {
  const size = x.shape[axis];
  const [before, after] = [sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis + 1))];
  const count = index.data.length;
  const data = new Float64Array(before * count * after);
  for (let b = 0; b < before; b++)
    for (let i = 0; i < count; i++) {
      const at = index.data[i] < 0 ? index.data[i] + size : index.data[i];
      const from = (b * size + at) * after;
      data.set(x.data.subarray(from, from + after), (b * count + i) * after);
    }
  const shape = [...x.shape.slice(0, axis), ...index.shape, ...x.shape.slice(axis + 1)];
  return { dtype: x.dtype, shape, data };
}
