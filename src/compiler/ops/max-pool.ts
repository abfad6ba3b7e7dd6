import { type Shape, sizeOf } from "../../core/shape.ts";
import type { Node } from "../graph.ts";
import { type Attribute, int, ints, type OnnxEmitter, str } from "../onnx/emitter.ts";
import { isOp, type PoolParams } from "../op.ts";
import { onnxType } from "./onnx-type.ts";
import { positions } from "./window.ts";

export function poolAttributes(p: PoolParams): Record<string, Attribute> {
  return { kernel_shape: ints(p.kernel), strides: ints(p.strides), pads: ints(p.pads) };
}

const apart = (p: PoolParams) => p.kernel.every((k, i) => p.strides[i] >= k);
/** Windows side by side, without gaps or padding. */
export const tiled = (p: PoolParams) =>
  p.kernel.every((k, i) => p.strides[i] === k) && p.pads.every((pad) => pad === 0);

/** How far the last window ends before the padded end of the input. */
export function remainders(x: Shape, y: Shape, p: PoolParams): number[] {
  const rank = p.kernel.length;
  return p.kernel.map(
    (k, i) => x[2 + i] - ((y[2 + i] - 1) * p.strides[i] + k - p.pads[i] - p.pads[rank + i]),
  );
}

/** Exact: the engine says where each maximum was. */
function emitByIndex(
  emit: OnnxEmitter,
  [x, g]: readonly string[],
  node: Node<"maxPoolGrad">,
): string {
  const p = node.params;
  const indices = emit.shared("MaxPool", [x], poolAttributes(p), 2)[1];
  const shape = emit.int64(node.shape);
  if (apart(p)) return emit.node("MaxUnpool", [g, indices, shape], poolAttributes(p))[0];
  const flat = emit.int64([-1]);
  const zeros = emit.node("Expand", [emit.scalar(0), emit.int64([sizeOf(node.shape)])])[0];
  const flatIndices = emit.node("Reshape", [indices, flat])[0];
  const flatG = emit.node("Reshape", [g, flat])[0];
  const sums = emit.node("ScatterElements", [zeros, flatIndices, flatG], {
    axis: int(0),
    reduction: str("add"),
  })[0];
  return emit.node("Reshape", [sums, shape])[0];
}

/** Without indices: every element equal to its window's maximum gets the cotangent, ties too. */
function emitByCompare(
  emit: OnnxEmitter,
  [x, g]: readonly string[],
  node: Node<"maxPoolGrad">,
): string {
  const p = node.params;
  const [y] = emit.shared("MaxPool", [x], poolAttributes(p), 1);
  const [batch, channels, ...out] = node.inputs[1].shape;
  const rest = remainders(node.shape, node.inputs[1].shape, p);
  const equal = (a: string, b: string) =>
    emit.node("Cast", emit.node("Equal", [a, b]), { to: int(onnxType[node.dtype]) })[0];
  if (tiled(p) && rest.every((r) => r === 0)) {
    const sizes = emit.int64(node.shape);
    const enlarge = (value: string) =>
      emit.node("Resize", [value, "", "", sizes], {
        mode: str("nearest"),
        coordinate_transformation_mode: str("asymmetric"),
        nearest_mode: str("floor"),
      })[0];
    return emit.node("Mul", [equal(x, enlarge(y)), enlarge(g)])[0];
  }
  const rank = out.length;
  const begin = p.pads.slice(0, rank);
  const wide = emit.node("Pad", [
    x,
    emit.int64([0, 0, ...begin, 0, 0, ...p.pads.slice(rank)]),
    emit.scalar(-Infinity),
  ])[0];
  const axes = emit.int64(out.map((_, i) => 2 + i));
  const taps = positions(p.kernel).map((tap) => {
    const ends = tap.map((s, i) => s + (out[i] - 1) * p.strides[i] + 1);
    const cut = emit.node("Slice", [
      wide,
      emit.int64(tap),
      emit.int64(ends),
      axes,
      emit.int64(p.strides),
    ])[0];
    const part = emit.node("Mul", [equal(cut, y), g])[0];
    return emit.node("Unsqueeze", [part, emit.int64([2])])[0];
  });
  const count = taps.length;
  const joined = emit.node("Concat", taps, { axis: int(2) })[0];
  const columns = emit.node("Reshape", [joined, emit.int64([batch, channels * count, ...out])])[0];
  // One filter a tap and channel puts each part back to where it came from.
  const filters = new Float64Array(channels * count * count);
  for (let i = 0; i < channels * count; i++) filters[i * count + (i % count)] = 1;
  const weight = emit.constant(filters, [channels * count, 1, ...p.kernel], node.dtype);
  return emit.node("ConvTranspose", [columns, weight], {
    strides: ints(p.strides),
    pads: ints(p.pads),
    group: int(channels),
    output_padding: ints(rest),
  })[0];
}

/**
 * Windows of 2 × 2 are two steps of pairs, first in rows, then between rows. With the left and the right
 * elements apart, each step compares whole arrays; the engine's own indices take far longer on data
 * whose maxima lie anywhere. The first of equals wins, as it should.
 */
function emitPairs(emit: OnnxEmitter, x: string, width: number) {
  const reshape = (value: string, shape: Shape) =>
    emit.shared("Reshape", [value, emit.int64(shape)], {}, 1)[0];
  const halves = (value: string, axis: number) =>
    emit.shared("Split", [value, emit.int64([1, 1])], { axis: int(axis) }, 2);
  const [columns] = emit.shared("Transpose", [reshape(x, [-1, 2])], { perm: ints([1, 0]) }, 1);
  const sides = halves(columns, 0);
  const [inRows] = emit.shared("Max", sides, {}, 1);
  const rows = halves(reshape(inRows, [-1, 2, width / 2]), 1);
  return { sides, rows };
}

const halved = (p: PoolParams, shape: Shape) =>
  tiled(p) && p.kernel.length === 2 && p.kernel.every((k, i) => k === 2 && shape[2 + i] % 2 === 0);

/** The gradient of the pairs: each step gives the cotangent to one side, the rest to the other. */
function emitByPairs(
  emit: OnnxEmitter,
  [x, g]: readonly string[],
  node: Node<"maxPoolGrad">,
): string {
  const width = node.shape[3];
  const { sides, rows } = emitPairs(emit, x, width);
  const reshape = (value: string, shape: Shape) =>
    emit.node("Reshape", [value, emit.int64(shape)])[0];
  const share = (value: string, [first, second]: readonly string[], axis: number) => {
    const wins = emit.node("GreaterOrEqual", [first, second]);
    const [factor] = emit.node("Cast", wins, { to: int(onnxType[node.dtype]) });
    const [part] = emit.node("Mul", [value, factor]);
    const [rest] = emit.node("Sub", [value, part]);
    return emit.node("Concat", [part, rest], { axis: int(axis) })[0];
  };
  const inRows = share(reshape(g, [-1, 1, width / 2]), rows, 1);
  const apart = share(reshape(inRows, [1, -1]), sides, 0);
  const [ordered] = emit.node("Transpose", [apart], { perm: ints([1, 0]) });
  return emit.node("Reshape", [ordered, emit.reshapeTarget(node)])[0];
}

/** A pooling layer; where its gradient is computed as well, the two share what they can. */
export function emitMaxPool(
  emit: OnnxEmitter,
  inputs: readonly string[],
  node: Node<"maxPool">,
): string {
  const [source] = node.inputs;
  const attributes = poolAttributes(node.params);
  const learns = emit.consumers(source).some((n) => isOp(n, "maxPoolGrad"));
  if (!learns || emit.target !== "cpu") return emit.shared("MaxPool", inputs, attributes, 1)[0];
  if (!halved(node.params, source.shape)) return emit.shared("MaxPool", inputs, attributes, 2)[0];
  const { rows } = emitPairs(emit, inputs[0], source.shape[3]);
  const [largest] = emit.node("Max", rows);
  return emit.node("Reshape", [largest, emit.reshapeTarget(node)])[0];
}

/** The adjoint of pooling, in the form the target runs fastest. */
export function emitMaxPoolGradient(
  emit: OnnxEmitter,
  inputs: readonly string[],
  node: Node<"maxPoolGrad">,
): string {
  if (emit.target !== "cpu") return emitByCompare(emit, inputs, node);
  return halved(node.params, node.shape)
    ? emitByPairs(emit, inputs, node)
    : emitByIndex(emit, inputs, node);
}
