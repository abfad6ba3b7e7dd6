import type { Tensor } from "../../graph.ts";
import type { ImportNode, Operator } from "./node.ts";

/** Where the middle of an element of the result lies in the input. */
const coordinates: Readonly<
  Record<string, (x: number, scale: number, from: number, to: number) => number>
> = {
  half_pixel: (x, scale) => (x + 0.5) / scale - 0.5,
  pytorch_half_pixel: (x, scale, _, to) => (to > 1 ? (x + 0.5) / scale - 0.5 : 0),
  asymmetric: (x, scale) => x / scale,
  align_corners: (x, _, from, to) => (to > 1 ? (x * (from - 1)) / (to - 1) : 0),
};

const roundings: Readonly<Record<string, (x: number) => number>> = {
  round_prefer_floor: (x) => Math.ceil(x - 0.5),
  round_prefer_ceil: (x) => Math.floor(x + 0.5),
  floor: Math.floor,
  ceil: Math.ceil,
};

/** The matrix `[to, from]` that resizes one axis. */
function weights(node: ImportNode, from: number, to: number, scale: number): Float64Array {
  const mode = node.string("mode", "nearest");
  const way = node.string("coordinate_transformation_mode", "half_pixel");
  const coordinate = coordinates[way] ?? node.refuse(Object.keys(coordinates).join(", "), way);
  const rounding = node.string("nearest_mode", "round_prefer_floor");
  const out = new Float64Array(to * from);
  for (let i = 0; i < to; i++) {
    const x = coordinate(i, scale, from, to);
    if (mode === "nearest") {
      out[i * from + Math.max(0, Math.min(from - 1, roundings[rounding](x)))] = 1;
      continue;
    }
    const low = Math.floor(x);
    const inside = (j: number) => Math.max(0, Math.min(from - 1, j));
    out[i * from + inside(low)] += 1 - (x - low);
    out[i * from + inside(low + 1)] += x - low;
  }
  return out;
}

/** Multiplies an axis by a matrix `[to, from]`. */
function along(x: Tensor, axis: number, matrix: Float64Array, to: number): Tensor {
  const from = x.shape[axis];
  const before = x.shape.slice(0, axis).reduce((a, b) => a * b, 1);
  const after = x.shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const shape = x.shape.map((d, i) => (i === axis ? to : d));
  const weight = x.graph.constant(matrix, [to, from]);
  if (after === 1) {
    return x.reshape([before, from]).matmul(weight, { transposeB: true }).reshape(shape);
  }
  return weight.matmul(x.reshape([before, from, after])).reshape(shape);
}

const resize: Operator = (node) => {
  const x = node.tensor(0);
  const mode = node.string("mode", "nearest");
  if (mode !== "nearest" && mode !== "linear") node.refuse("mode nearest or linear", mode);
  if (node.integer("antialias", 0) === 1) node.refuse("resizing without antialias", "antialias 1");
  const sizes = node.numbers(3);
  const scales = node.numbers(node.opset < 11 ? 1 : 2);
  const axes = node.integers("axes") ?? x.shape.map((_, i) => i);
  return axes.reduce((t, axis, i) => {
    const from = x.shape[axis];
    const to = sizes?.length ? sizes[i] : Math.floor(from * (scales?.[i] ?? 1));
    const scale = sizes?.length ? to / from : (scales?.[i] ?? 1);
    return to === from && scale === 1 ? t : along(t, axis, weights(node, from, to, scale), to);
  }, x);
};

/** Resizing, as a product with a matrix of weights along each axis. */
export const resizing: Readonly<Record<string, Operator>> = {
  Resize: resize,
};
