import { ShapeError } from "../../core/errors.ts";
import { type Shape, sameShape, showShape, sizeOf } from "../../core/shape.ts";
import type { Node, Tensor } from "../graph.ts";
import { int, ints, type OnnxEmitter } from "../onnx/emitter.ts";
import type { OpTable, PoolParams } from "../op.ts";
import { requireFloat } from "./broadcast.ts";
import { emitMaxPool, emitMaxPoolGradient, poolAttributes, remainders, tiled } from "./max-pool.ts";
import { positions, slide, three } from "./window.ts";

type Pooling = "maxPool" | "maxPoolGrad" | "avgPool" | "avgPoolGrad";

/** @throws ShapeError where the windows do not fit, or a window could lie in the padding. */
function pooledShape(where: string, x: Shape, p: PoolParams): number[] {
  const spatial = x.slice(2);
  const out = slide(where, spatial, p.kernel, p);
  if (p.pads.some((pad, i) => pad >= p.kernel[i % spatial.length])) {
    throw new ShapeError(
      "SHAPE_MISMATCH",
      `${where}: pads smaller than the kernel ${showShape(p.kernel)}; got ${showShape(p.pads)}`,
    );
  }
  return [...x.slice(0, 2), ...out];
}

/** Calls `visit(output position, input positions of its window)`, padding left out. */
function eachWindow(
  x: Shape,
  y: Shape,
  p: PoolParams,
  visit: (to: number, from: readonly number[]) => void,
): void {
  const [xa, xb, xc] = three(x.slice(2), 1);
  const [ya, yb, yc] = three(y.slice(2), 1);
  const [sa, sb, sc] = three(p.strides, 1);
  const [pa, pb, pc] = three(p.pads.slice(0, x.length - 2), 0);
  const taps = positions(three(p.kernel, 1));
  for (let plane = 0; plane < x[0] * x[1]; plane++)
    for (let a = 0; a < ya; a++)
      for (let b = 0; b < yb; b++)
        for (let c = 0; c < yc; c++) {
          const from: number[] = [];
          for (const [i, j, k] of taps) {
            const [ia, ib, ic] = [a * sa + i - pa, b * sb + j - pb, c * sc + k - pc];
            if (ia < 0 || ib < 0 || ic < 0 || ia >= xa || ib >= xb || ic >= xc) continue;
            from.push(((plane * xa + ia) * xb + ib) * xc + ic);
          }
          visit(((plane * ya + a) * yb + b) * yc + c, from);
        }
}

/** The first position of the largest value. */
function firstLargest(x: Float64Array, at: readonly number[]): number {
  let best = at[0];
  for (const i of at) if (x[i] > x[best]) best = i;
  return best;
}

/** The values of h at the first maximum of each window: the adjoint of `maxPoolGrad` in its cotangent. */
function takeAtMaxima(h: Tensor, x: Tensor, p: PoolParams): Tensor {
  const y = x.maxPool(p);
  const spatial = x.shape.slice(2);
  const rank = spatial.length;
  const padded = (t: Tensor) =>
    t.pad([0, 0, ...p.pads.slice(0, rank)], [0, 0, ...p.pads.slice(rank)]);
  const [wideX, wideH] = [padded(x), padded(h)];
  const inside = p.pads.some((pad) => pad > 0)
    ? padded(x.graph.constant(1, [], x.dtype).expand(x.shape))
    : undefined;
  let free: Tensor | undefined;
  let total: Tensor | undefined;
  for (const tap of positions(p.kernel)) {
    const cut = (t: Tensor) =>
      t.graph.apply("slice", [t], {
        starts: [0, 0, ...tap],
        ends: [
          ...t.shape.slice(0, 2),
          ...tap.map((s, i) => s + (y.shape[2 + i] - 1) * p.strides[i] + 1),
        ],
        steps: [1, 1, ...p.strides],
      });
    let chosen = cut(wideX).eq(y).cast(h.dtype);
    if (inside) chosen = chosen.mul(cut(inside));
    if (free) chosen = chosen.mul(free);
    free = (free ?? x.graph.constant(1, [], h.dtype)).sub(chosen);
    const part = cut(wideH).mul(chosen);
    total = total ? total.add(part) : part;
  }
  return total as Tensor;
}

function emitAverageGradient(
  emit: OnnxEmitter,
  [g]: readonly string[],
  node: Node<"avgPoolGrad">,
): string {
  const p = node.params;
  const shape = node.inputs[0].shape;
  const [batch, channels, ...out] = shape;
  const rest = remainders(node.shape, shape, p);
  const taps = sizeOf(p.kernel);
  if (tiled(p) && rest.every((r) => r === 0)) {
    const even = emit.node("Mul", [g, emit.scalar(1 / taps)])[0];
    const between = out.flatMap((size) => [size, 1]);
    const spread = out.flatMap((size, i) => [size, p.kernel[i]]);
    const narrow = emit.node("Reshape", [even, emit.int64([batch, channels, ...between])])[0];
    const wide = emit.node("Expand", [narrow, emit.int64([batch, channels, ...spread])])[0];
    return emit.node("Reshape", [wide, emit.int64(node.shape)])[0];
  }
  const shares = new Float64Array(sizeOf(out));
  eachWindow([1, 1, ...p.spatial], [1, 1, ...out], p, (to, from) => {
    shares[to] = 1 / from.length;
  });
  const scaled = emit.node("Mul", [g, emit.constant(shares, [1, 1, ...out], node.dtype)])[0];
  const ones = emit.constant(
    new Float64Array(channels * taps).fill(1),
    [channels, 1, ...p.kernel],
    node.dtype,
  );
  return emit.node("ConvTranspose", [scaled, ones], {
    strides: ints(p.strides),
    pads: ints(p.pads),
    group: int(channels),
    output_padding: ints(rest),
  })[0];
}

const pool = (
  kernel: number[],
  strides = kernel,
  pads = new Array<number>(2 * kernel.length).fill(0),
): PoolParams => ({
  kernel,
  strides,
  pads,
});

/** Input shapes and windows: tiles, tiles with a remainder, overlaps, padding, one to three axes. */
const cases: readonly (readonly [Shape, PoolParams])[] = [
  [[2, 2, 4, 6], pool([2, 2])],
  [[1, 2, 5, 5], pool([2, 2])],
  [[1, 2, 5, 6], pool([3, 3], [2, 1], [1, 1, 1, 1])],
  [[2, 2, 7], pool([3], [2])],
  [[1, 1, 4, 4, 2], pool([2, 2, 1])],
];

/** Largest and mean values of sliding windows, and their adjoints. */
export const pooling: Pick<OpTable, Pooling> = {
  maxPool: {
    summary: "Largest value of each window; padding never wins.",
    traits: [],
    infer: ([x], p) => {
      requireFloat("maxPool", x);
      return { shape: pooledShape("maxPool", x.shape, p), dtype: x.dtype };
    },
    vjp: (g, { inputs: [x], params }) => [g.graph.apply("maxPoolGrad", [x, g], params)],
    onnx: emitMaxPool,
    js: {
      kernel: (out, [x], node) =>
        eachWindow(node.inputs[0].shape, node.shape, node.params, (to, from) => {
          out[to] = x[firstLargest(x, from)];
        }),
    },
    samples: cases.map(([x, params]) => ({ shapes: [x], params, domains: [{ distinct: true }] })),
  },
  maxPoolGrad: {
    summary:
      "The adjoint of `maxPool`: the first largest element of each window gets its cotangent.",
    traits: [],
    infer: ([x, g], p) => {
      const shape = pooledShape("maxPoolGrad", x.shape, p);
      if (!sameShape(g.shape, shape)) {
        throw new ShapeError(
          "SHAPE_MISMATCH",
          `maxPoolGrad: cotangents of shape ${showShape(shape)}; got ${showShape(g.shape)}`,
        );
      }
      return { shape: x.shape, dtype: x.dtype };
    },
    vjp: (h, { inputs: [x], params }) => [null, takeAtMaxima(h, x, params)],
    onnx: emitMaxPoolGradient,
    js: {
      kernel: (out, [x, g], node) => {
        out.fill(0);
        eachWindow(node.shape, node.inputs[1].shape, node.params, (to, from) => {
          out[firstLargest(x, from)] += g[to];
        });
      },
    },
    samples: cases.map(([x, params]) => ({
      shapes: [x, pooledShape("sample", x, params)],
      params,
      domains: [{ distinct: true }],
    })),
  },
  avgPool: {
    summary: "Mean of each window; padding is not counted.",
    traits: [],
    infer: ([x], p) => {
      requireFloat("avgPool", x);
      return { shape: pooledShape("avgPool", x.shape, p), dtype: x.dtype };
    },
    vjp: (g, { inputs: [x], params }) => [
      g.graph.apply("avgPoolGrad", [g], { ...params, spatial: x.shape.slice(2) }),
    ],
    onnx: (emit, inputs, node) =>
      emit.node("AveragePool", inputs, {
        ...poolAttributes(node.params),
        count_include_pad: int(0),
      })[0],
    js: {
      kernel: (out, [x], node) =>
        eachWindow(node.inputs[0].shape, node.shape, node.params, (to, from) => {
          let sum = 0;
          for (const i of from) sum += x[i];
          out[to] = sum / from.length;
        }),
    },
    samples: cases.map(([x, params]) => ({ shapes: [x], params })),
  },
  avgPoolGrad: {
    summary: "The adjoint of `avgPool`, of the given spatial size.",
    traits: [],
    infer: ([g], p) => {
      const shape = [...g.shape.slice(0, 2), ...p.spatial];
      const expected = pooledShape("avgPoolGrad", shape, p);
      if (!sameShape(g.shape, expected)) {
        throw new ShapeError(
          "SHAPE_MISMATCH",
          `avgPoolGrad: cotangents of shape ${showShape(expected)}; got ${showShape(g.shape)}`,
        );
      }
      return { shape, dtype: g.dtype };
    },
    vjp: (h, { params: { kernel, strides, pads } }) => [
      h.graph.apply("avgPool", [h], { kernel, strides, pads }),
    ],
    onnx: emitAverageGradient,
    js: {
      kernel: (out, [g], node) => {
        out.fill(0);
        eachWindow(node.shape, node.inputs[0].shape, node.params, (to, from) => {
          for (const i of from) out[i] += g[to] / from.length;
        });
      },
    },
    samples: cases.map(([x, p]) => ({
      shapes: [pooledShape("sample", x, p)],
      params: { ...p, spatial: x.slice(2) },
    })),
  },
};
