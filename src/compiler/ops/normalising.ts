import { ShapeError } from "../../core/errors.ts";
import { sameShape, showShape, sizeOf } from "../../core/shape.ts";
import type { Node, Tensor } from "../graph.ts";
import { float, int, type OnnxEmitter } from "../onnx/emitter.ts";
import { isOp, type OpTable, type TensorType } from "../op.ts";
import { requireFloat } from "./broadcast.ts";
import { channelSum } from "./convolution.ts";

type Normalising = "softmax" | "logSoftmax" | "layerNorm" | "layerNormStat" | "batchNorm";

function requireLastAxis(where: string, x: TensorType): void {
  requireFloat(where, x);
  if (x.shape.length === 0) {
    throw new ShapeError("SHAPE_MISMATCH", `${where}: at least one axis; got a scalar`);
  }
}

/** @throws ShapeError unless each is a vector of the given length. */
function requireVectors(where: string, vectors: readonly TensorType[], length: number): void {
  for (const v of vectors) {
    if (!sameShape(v.shape, [length])) {
      throw new ShapeError(
        "SHAPE_MISMATCH",
        `${where}: vectors of length ${length}; got ${showShape(v.shape)}`,
      );
    }
  }
}

/** Calls `visit(start, end)` for each row along the last axis. */
function eachRow(shape: readonly number[], visit: (start: number, end: number) => void): void {
  const length = shape[shape.length - 1];
  const total = sizeOf(shape);
  for (let start = 0; start < total; start += length) visit(start, start + length);
}

/** Maximum and log of the sum of exponentials above it. */
function logSumExpOf(x: Float64Array, start: number, end: number): [number, number] {
  let largest = -Infinity;
  for (let i = start; i < end; i++) if (x[i] > largest) largest = x[i];
  let sum = 0;
  for (let i = start; i < end; i++) sum += Math.exp(x[i] - largest);
  return [largest, Math.log(sum)];
}

/** Mean and inverse deviation of a row. */
function statsOf(x: Float64Array, start: number, end: number, epsilon: number): [number, number] {
  let mean = 0;
  for (let i = start; i < end; i++) mean += x[i];
  mean /= end - start;
  let variance = 0;
  for (let i = start; i < end; i++) variance += (x[i] - mean) ** 2;
  return [mean, 1 / Math.sqrt(variance / (end - start) + epsilon)];
}

/** One node gives the normalised value and, where something reads them, both statistics. */
function emitLayerNorm(
  emit: OnnxEmitter,
  inputs: readonly string[],
  node: Node<"layerNorm" | "layerNormStat">,
): string[] {
  const read = emit.consumers(node.inputs[0]).some((n) => isOp(n, "layerNormStat"));
  const attributes = { axis: int(-1), epsilon: float(node.params.epsilon) };
  return emit.shared("LayerNormalization", inputs, attributes, read ? 3 : 1);
}

/** Σ g·x a channel: each plane's as a product of two rows, which reads both once and writes little. */
function planeDots(g: Tensor, x: Tensor): Tensor {
  const [rows, channels, ...spatial] = x.shape;
  if (spatial.length === 0) return g.mul(x).sum(0);
  const planes = [rows * channels, 1, sizeOf(spatial)];
  const dots = g.reshape(planes).matmul(x.reshape(planes), { transposeB: true });
  return dots.reshape([rows, channels]).sum(0);
}

/** Sums all axes but the last. */
function sumRows(x: Tensor): Tensor {
  return x.rank === 1 ? x : x.reshape([-1, x.shape[x.rank - 1]]).sum(0);
}

/** Softmax and normalisation by mean and deviation. */
export const normalising: Pick<OpTable, Normalising> = {
  softmax: {
    summary: "eˣ over its sum along the last axis.",
    traits: [],
    infer: ([x]) => {
      requireLastAxis("softmax", x);
      return x;
    },
    // y·(g − Σ g·y)
    vjp: (g, { output: y }) => [y.mul(g.sub(g.mul(y).sum(-1, { keepDims: true })))],
    onnx: (emit, inputs) => emit.node("Softmax", inputs, { axis: int(-1) })[0],
    js: {
      kernel: (out, [x], node) =>
        eachRow(node.shape, (start, end) => {
          const [largest, log] = logSumExpOf(x, start, end);
          for (let i = start; i < end; i++) out[i] = Math.exp(x[i] - largest - log);
        }),
    },
    samples: [
      { shapes: [[4]], params: {} },
      { shapes: [[2, 2, 3]], params: {} },
    ],
  },
  logSoftmax: {
    summary: "Logarithm of the softmax along the last axis, without overflow.",
    traits: [],
    infer: ([x]) => {
      requireLastAxis("logSoftmax", x);
      return x;
    },
    // g − eʸ·Σ g
    vjp: (g, { output: y }) => [g.sub(y.exp().mul(g.sum(-1, { keepDims: true })))],
    onnx: (emit, [x]) => {
      if (emit.target !== "webgpu") return emit.node("LogSoftmax", [x], { axis: int(-1) })[0];
      const last = emit.int64([-1]);
      const centred = emit.node("Sub", [x, emit.node("ReduceMax", [x, last])[0]])[0];
      const sum = emit.node("ReduceSum", [emit.node("Exp", [centred])[0], last])[0];
      return emit.node("Sub", [centred, emit.node("Log", [sum])[0]])[0];
    },
    js: {
      kernel: (out, [x], node) =>
        eachRow(node.shape, (start, end) => {
          const [largest, log] = logSumExpOf(x, start, end);
          for (let i = start; i < end; i++) out[i] = x[i] - largest - log;
        }),
    },
    samples: [
      { shapes: [[4]], params: {} },
      { shapes: [[2, 2, 3]], params: {} },
    ],
  },
  layerNorm: {
    summary: "(x − mean) / √(variance + ε) · scale + shift over the last axis.",
    traits: [],
    infer: ([x, scale, shift]) => {
      requireLastAxis("layerNorm", x);
      requireVectors("layerNorm", [scale, shift], x.shape[x.shape.length - 1]);
      return x;
    },
    // With n = (x − μ)·i and h = g·scale: ∂x = i·(h − mean h − n·mean(h·n))
    vjp: (g, { inputs: [x, scale, shift], params: { epsilon } }) => {
      const size = x.shape[x.rank - 1];
      const stat = (which: 0 | 1) =>
        g.graph.apply("layerNormStat", [x, scale, shift], { epsilon, stat: which });
      const inverse = stat(1);
      const normal = x.sub(stat(0)).mul(inverse);
      const h = g.mul(scale);
      const gn = g.mul(normal);
      // mean(h·n) = (g·n)·scale / size: a product with a column saves a pass over the array.
      const slope =
        x.rank === 1
          ? gn.mul(scale).sum(0, { keepDims: true })
          : gn.matmul(scale.reshape([size, 1]));
      const dx = h
        .sub(h.mean(-1, { keepDims: true }))
        .sub(normal.mul(slope.mul(1 / size)))
        .mul(inverse);
      return [dx, sumRows(gn), sumRows(g)];
    },
    onnx: (emit, inputs, node) => emitLayerNorm(emit, inputs, node)[0],
    js: {
      kernel: (out, [x, scale, shift], node) =>
        eachRow(node.shape, (start, end) => {
          const [mean, inverse] = statsOf(x, start, end, node.params.epsilon);
          for (let i = start; i < end; i++) {
            out[i] = (x[i] - mean) * inverse * scale[i - start] + shift[i - start];
          }
        }),
    },
    samples: [
      { shapes: [[3, 4], [4], [4]], params: { epsilon: 1e-5 } },
      { shapes: [[2, 2, 5], [5], [5]], params: { epsilon: 1e-3 } },
      { shapes: [[4], [4], [4]], params: { epsilon: 1e-5 } },
    ],
  },
  layerNormStat: {
    summary: "A statistic of `layerNorm`, from the same operands so that one ONNX node gives both.",
    traits: [],
    infer: ([x, scale, shift]) => {
      requireLastAxis("layerNormStat", x);
      requireVectors("layerNormStat", [scale, shift], x.shape[x.shape.length - 1]);
      return { shape: [...x.shape.slice(0, -1), 1], dtype: x.dtype };
    },
    // ∂μ/∂x = 1/n; i = (v + ε)^−½, so ∂i/∂x = −i³·(x − μ)/n
    vjp: (g, { inputs: [x, scale, shift], output, params: { epsilon, stat } }) => {
      const part = g.mul(1 / x.shape[x.rank - 1]);
      if (stat === 0) return [part.expand(x.shape), null, null];
      const mean = g.graph.apply("layerNormStat", [x, scale, shift], { epsilon, stat: 0 });
      const cube = output.mul(output).mul(output);
      return [x.sub(mean).mul(part.mul(cube).neg()), null, null];
    },
    onnx: (emit, inputs, node) => emitLayerNorm(emit, inputs, node)[1 + node.params.stat],
    js: {
      kernel: (out, [x], node) =>
        eachRow(node.inputs[0].shape, (start, end) => {
          out[start / (end - start)] = statsOf(x, start, end, node.params.epsilon)[
            node.params.stat
          ];
        }),
    },
    samples: [
      { shapes: [[3, 4], [4], [4]], params: { epsilon: 1e-5, stat: 0 } },
      { shapes: [[2, 2, 5], [5], [5]], params: { epsilon: 1e-3, stat: 1 } },
    ],
  },
  batchNorm: {
    summary: "(x − mean) / √(variance + ε) · scale + shift, one of each a channel (axis 1).",
    traits: [],
    infer: ([x, ...vectors]) => {
      requireFloat("batchNorm", x);
      if (x.shape.length < 2) {
        throw new ShapeError("SHAPE_MISMATCH", `batchNorm: [N, C, ...]; got ${showShape(x.shape)}`);
      }
      requireVectors("batchNorm", vectors, x.shape[1]);
      return x;
    },
    // With i = (variance + ε)^−½ and s = Σ g·(x − mean): ∂x = scale·i·g, ∂scale = i·s,
    // ∂mean = −scale·i·Σ g, ∂variance = −½·scale·i³·s
    vjp: (g, { inputs: [x, scale, , mean, variance], params: { epsilon } }) => {
      const inverse = variance.add(epsilon).sqrt().recip();
      const slope = scale.mul(inverse);
      const total = channelSum(g);
      const centred = planeDots(g, x).sub(mean.mul(total));
      const column = slope.reshape([x.shape[1], ...new Array<number>(x.rank - 2).fill(1)]);
      return [
        g.mul(column),
        centred.mul(inverse),
        total,
        slope.mul(total).neg(),
        slope.mul(inverse).mul(inverse).mul(centred).mul(-0.5),
      ];
    },
    onnx: (emit, inputs, node) =>
      emit.node("BatchNormalization", inputs, { epsilon: float(node.params.epsilon) })[0],
    js: {
      kernel: (out, [x, scale, shift, mean, variance], node) => {
        const channels = node.shape[1];
        const places = sizeOf(node.shape.slice(2));
        for (let at = 0, plane = 0; at < out.length; at += places, plane++) {
          const c = plane % channels;
          const slope = scale[c] / Math.sqrt(variance[c] + node.params.epsilon);
          for (let i = at; i < at + places; i++) out[i] = (x[i] - mean[c]) * slope + shift[c];
        }
      },
    },
    samples: [
      {
        shapes: [[3, 2], [2], [2], [2], [2]],
        params: { epsilon: 1e-5 },
        domains: [undefined, undefined, undefined, undefined, { from: 0.3, to: 2 }],
      },
      {
        shapes: [[2, 3, 2, 2], [3], [3], [3], [3]],
        params: { epsilon: 1e-3 },
        domains: [undefined, undefined, undefined, undefined, { from: 0.3, to: 2 }],
      },
    ],
  },
};
