import { type Shape, sizeOf, stridesOf } from "../../core/shape.ts";
import type { Node, Tensor } from "../graph.ts";
import { int, type OnnxEmitter } from "../onnx/emitter.ts";
import type { Domain, JsReduction, JsRule, OpRow, OpTable, Vjp } from "../op.ts";
import { requireFloat } from "./broadcast.ts";
import { emitMatMul } from "./linear.ts";

type Reduction = "sum" | "sumSquares" | "mean" | "max" | "min" | "logSumExp";

function reducedShape(shape: Shape, axes: readonly number[], keepDims: boolean): number[] {
  return keepDims
    ? shape.map((d, i) => (axes.includes(i) ? 1 : d))
    : shape.filter((_, i) => !axes.includes(i));
}

/** A reduced value with its axes kept as 1, so that it broadcasts against the operand. */
function kept(value: Tensor, operand: Tensor, axes: readonly number[]): Tensor {
  return value.reshape(reducedShape(operand.shape, axes, true));
}

/** Calls `visit(position in the operand, position in the result)` for every element. */
function walk(node: Node<"logSumExp">, visit: (from: number, to: number) => void): void {
  const { shape } = node.inputs[0];
  const keptStrides = stridesOf(reducedShape(shape, node.params.axes, true));
  const toStride = shape.map((_, i) => (node.params.axes.includes(i) ? 0 : keptStrides[i]));
  const index = new Array<number>(shape.length).fill(0);
  const total = sizeOf(shape);
  let to = 0;
  for (let from = 0; from < total; from++) {
    visit(from, to);
    for (let i = shape.length - 1; i >= 0; i--) {
      index[i]++;
      to += toStride[i];
      if (index[i] < shape[i]) break;
      to -= toStride[i] * shape[i];
      index[i] = 0;
    }
  }
}

function reduction<K extends Reduction>(
  name: K,
  summary: string,
  facts: {
    readonly vjp: Vjp<K>;
    readonly onnx: string;
    /** A form that is faster, where there is one. */
    readonly lower?: (emit: OnnxEmitter, x: string, node: Node<K>) => string | undefined;
    readonly js: Omit<JsReduction<K>, "axes"> | Extract<JsRule<K>, { readonly kernel: unknown }>;
    readonly domain?: Domain;
  },
): OpRow<K> {
  return {
    summary,
    traits: ["reduction"],
    infer: ([x], p) => {
      requireFloat(name, x);
      return { shape: reducedShape(x.shape, p.axes, p.keepDims), dtype: x.dtype };
    },
    vjp: facts.vjp,
    onnx: (emit, [x], node) =>
      facts.lower?.(emit, x, node) ??
      emit.node(facts.onnx, [x, emit.int64(node.params.axes)], {
        keepdims: int(node.params.keepDims ? 1 : 0),
      })[0],
    js: "kernel" in facts.js ? facts.js : { ...facts.js, axes: (p) => p.axes },
    samples: [
      { shapes: [[2, 3]], params: { axes: [0, 1], keepDims: false }, domains: [facts.domain] },
      { shapes: [[2, 3, 4]], params: { axes: [1], keepDims: false }, domains: [facts.domain] },
      { shapes: [[2, 3, 4]], params: { axes: [0, 2], keepDims: true }, domains: [facts.domain] },
    ] as never,
  };
}

/** How many of the last axes are reduced. */
function trailing(node: Node<"sum" | "sumSquares">): number {
  const { rank, axes } = { rank: node.inputs[0].shape.length, axes: node.params.axes };
  let count = 0;
  while (count < rank && axes.includes(rank - 1 - count)) count++;
  return count;
}

/** The engine sums neighbouring elements faster than it sums apart, so those go first. */
function emitSum(emit: OnnxEmitter, x: string, node: Node<"sum">): string | undefined {
  const { axes, keepDims } = node.params;
  const last = trailing(node);
  if (last === 0 || last === axes.length) return undefined;
  const keepdims = int(keepDims ? 1 : 0);
  const near = emit.int64(axes.slice(axes.length - last));
  const far = emit.int64(axes.slice(0, axes.length - last));
  return emit.node("ReduceSum", [emit.node("ReduceSum", [x, near], { keepdims })[0], far], {
    keepdims,
  })[0];
}

/** Squares of neighbours, summed, are the product of a row with itself: a fraction of the time. */
function emitSumSquares(
  emit: OnnxEmitter,
  x: string,
  node: Node<"sumSquares">,
): string | undefined {
  const { shape } = node.inputs[0];
  const last = trailing(node);
  if (emit.target !== "cpu" || last === 0 || last < node.params.axes.length) return undefined;
  const length = sizeOf(shape.slice(shape.length - last));
  const [rows] = emit.node("Reshape", [x, emit.int64([-1, 1, length])]);
  const flags = { transposeA: false, transposeB: true };
  const products = emitMatMul(emit, [rows, rows], [3, 3], flags);
  return emit.node("Reshape", [products, emit.reshapeTarget(node)])[0];
}

/** Every extreme element gets the whole cotangent. */
const extremeVjp: Vjp<"max"> & Vjp<"min"> = (g, { inputs: [x], output: y, params }) => [
  x
    .eq(kept(y, x, params.axes))
    .cast(g.dtype)
    .mul(kept(g, x, params.axes)),
];

/** Sums and their kin over chosen axes, running sums, and the place of the maximum. */
export const reduce: Pick<OpTable, Reduction | "argmax" | "cumsum"> = {
  sum: reduction("sum", "Sum over axes.", {
    vjp: (g, { inputs: [x], params }) => [kept(g, x, params.axes).expand(x.shape)],
    onnx: "ReduceSum",
    lower: emitSum,
    js: { start: 0, step: (acc, x) => `${acc}+${x}` },
  }),
  sumSquares: reduction("sumSquares", "Sum of squares over axes.", {
    vjp: (g, { inputs: [x], params }) => [kept(g.mul(2), x, params.axes).mul(x)],
    onnx: "ReduceSumSquare",
    lower: emitSumSquares,
    js: { start: 0, step: (acc, x) => `${acc}+${x}*${x}` },
  }),
  mean: reduction("mean", "Mean over axes.", {
    vjp: (g, { inputs: [x], output: y, params }) => [
      kept(g.mul(y.size / x.size), x, params.axes).expand(x.shape),
    ],
    onnx: "ReduceMean",
    js: { start: 0, step: (acc, x) => `${acc}+${x}`, finish: (acc, count) => `${acc}/${count}` },
  }),
  max: reduction("max", "Largest over axes.", {
    vjp: extremeVjp,
    onnx: "ReduceMax",
    js: { start: -Infinity, step: (acc, x) => `Math.max(${acc},${x})` },
    domain: { distinct: true },
  }),
  min: reduction("min", "Smallest over axes.", {
    vjp: extremeVjp,
    onnx: "ReduceMin",
    js: { start: Infinity, step: (acc, x) => `Math.min(${acc},${x})` },
    domain: { distinct: true },
  }),
  logSumExp: reduction("logSumExp", "log Σ eˣ over axes, without overflow.", {
    // ∂x = g·e^(x − y)
    vjp: (g, { inputs: [x], output: y, params }) => [
      x
        .sub(kept(y, x, params.axes))
        .exp()
        .mul(kept(g, x, params.axes)),
    ],
    onnx: "ReduceLogSumExp",
    js: {
      kernel: (out, [x], node) => {
        const largest = new Float64Array(out.length).fill(-Infinity);
        walk(node, (from, to) => {
          if (x[from] > largest[to]) largest[to] = x[from];
        });
        // An infinite maximum is the result: nothing to subtract.
        for (let i = 0; i < out.length; i++) if (!Number.isFinite(largest[i])) largest[i] = 0;
        out.fill(0);
        walk(node, (from, to) => {
          out[to] += Math.exp(x[from] - largest[to]);
        });
        for (let i = 0; i < out.length; i++) out[i] = Math.log(out[i]) + largest[i];
      },
    },
  }),
  argmax: {
    summary: "Index (int32) of the largest value along an axis; the first of equals.",
    traits: [],
    infer: ([x], p) => ({ shape: x.shape.filter((_, i) => i !== p.axis), dtype: "int32" }),
    vjp: { none: "not a float" },
    onnx: (emit, [x], node) => {
      const [index] = emit.node("ArgMax", [x], { axis: int(node.params.axis), keepdims: int(0) });
      return emit.node("Cast", [index], { to: int(6) })[0];
    },
    js: {
      kernel: (out, [x], node) => {
        const { shape } = node.inputs[0];
        const { axis } = node.params;
        const inner = sizeOf(shape.slice(axis + 1));
        const length = shape[axis];
        for (let i = 0; i < out.length; i++) {
          const start = Math.floor(i / inner) * inner * length + (i % inner);
          let best = 0;
          for (let k = 1; k < length; k++)
            if (x[start + k * inner] > x[start + best * inner]) best = k;
          out[i] = best;
        }
      },
    },
    samples: [
      { shapes: [[2, 5]], params: { axis: 1 }, domains: [{ distinct: true }] },
      { shapes: [[4, 3]], params: { axis: 0 }, domains: [{ integersBelow: 3 }] },
    ],
  },
  cumsum: {
    summary: "Running sum along an axis, from the end if reversed.",
    traits: [],
    infer: ([x]) => {
      requireFloat("cumsum", x);
      return x;
    },
    vjp: (g, { params }) => [g.cumsum(params.axis, !params.reverse)],
    onnx: (emit, [x], node) =>
      emit.node("CumSum", [x, emit.constant(Int32Array.of(node.params.axis), [], "int32")], {
        reverse: int(node.params.reverse ? 1 : 0),
      })[0],
    js: {
      kernel: (out, [x], node) => {
        const { axis, reverse } = node.params;
        const inner = sizeOf(node.shape.slice(axis + 1));
        const length = node.shape[axis];
        for (let start = 0; start < out.length; start++) {
          if (Math.floor(start / inner) % length !== 0) continue;
          let total = 0;
          for (let k = 0; k < length; k++) {
            const at = start + (reverse ? length - 1 - k : k) * inner;
            total += x[at];
            out[at] = total;
          }
        }
      },
    },
    samples: [
      { shapes: [[2, 4]], params: { axis: 1, reverse: false } },
      { shapes: [[3, 2, 2]], params: { axis: 0, reverse: true } },
    ],
  },
};
