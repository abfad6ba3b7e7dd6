import { ShapeError } from "../../core/errors.ts";
import { type Shape, sameShape, showShape, sizeOf } from "../../core/shape.ts";
import type { Node, Tensor } from "../graph.ts";
import { type Attribute, int, ints, type OnnxEmitter } from "../onnx/emitter.ts";
import type { ConvParams, OpTable, Sample } from "../op.ts";
import { requireFloat } from "./broadcast.ts";
import { emitMatMul } from "./linear.ts";
import { positions, slide, three } from "./window.ts";

type Convolution = "conv" | "convTranspose" | "convWeight";

/** The three shapes of a convolution y = conv(x, w). */
interface Shapes {
  readonly x: Shape;
  readonly w: Shape;
  readonly y: Shape;
}

/** The parameters of a convolution alone, without what its adjoints add. */
function bare({ strides, dilations, pads, groups }: ConvParams): ConvParams {
  return { strides, dilations, pads, groups };
}

/** @throws ShapeError unless channels, groups and windows agree. */
function outputShape(where: string, x: Shape, w: Shape, p: ConvParams): number[] {
  const [batch, channels, ...spatial] = x;
  const [filters, depth, ...kernel] = w;
  if (channels !== depth * p.groups || filters % p.groups !== 0) {
    throw new ShapeError(
      "SHAPE_MISMATCH",
      `${where}: [N, C, ...] and [M, C/groups, ...] with ${p.groups} groups; got ${showShape(x)} and ${showShape(w)}`,
    );
  }
  return [batch, filters, ...slide(where, spatial, kernel, p)];
}

/** @throws ShapeError unless a convolution of x by w has the shape of y. */
function requireOutput(where: string, shapes: Shapes, p: ConvParams): void {
  const expected = outputShape(where, shapes.x, shapes.w, p);
  if (!sameShape(expected, shapes.y)) {
    throw new ShapeError(
      "SHAPE_MISMATCH",
      `${where}: a convolution result of shape ${showShape(expected)}; got ${showShape(shapes.y)}`,
    );
  }
}

/**
 * Calls `visit(x, w, y)` with the three positions of every product in a convolution: the one loop
 * nest behind all three operations.
 */
function walk(
  { x, w, y }: Shapes,
  p: ConvParams,
  visit: (x: number, w: number, y: number) => void,
): void {
  const rank = x.length - 2;
  const [xa, xb, xc] = three(x.slice(2), 1);
  const [wa, wb, wc] = three(w.slice(2), 1);
  const [ya, yb, yc] = three(y.slice(2), 1);
  const [sa, sb, sc] = three(p.strides, 1);
  const [da, db, dc] = three(p.dilations, 1);
  const [pa, pb, pc] = three(p.pads.slice(0, rank), 0);
  const [filters, depth] = w;
  const perGroup = filters / p.groups;
  for (let n = 0; n < x[0]; n++)
    for (let m = 0; m < filters; m++)
      for (let c = 0; c < depth; c++) {
        const xAt = (n * x[1] + Math.floor(m / perGroup) * depth + c) * xa * xb * xc;
        const wAt = (m * depth + c) * wa * wb * wc;
        const yAt = (n * filters + m) * ya * yb * yc;
        for (let i = 0; i < wa; i++)
          for (let j = 0; j < wb; j++)
            for (let k = 0; k < wc; k++) {
              const tap = wAt + (i * wb + j) * wc + k;
              for (let a = 0; a < ya; a++) {
                const ia = a * sa + i * da - pa;
                if (ia < 0 || ia >= xa) continue;
                for (let b = 0; b < yb; b++) {
                  const ib = b * sb + j * db - pb;
                  if (ib < 0 || ib >= xb) continue;
                  for (let e = 0; e < yc; e++) {
                    const ic = e * sc + k * dc - pc;
                    if (ic < 0 || ic >= xc) continue;
                    visit(xAt + (ia * xb + ib) * xc + ic, tap, yAt + (a * yb + b) * yc + e);
                  }
                }
              }
            }
      }
}

function attributesOf(p: ConvParams): Record<string, Attribute> {
  return {
    strides: ints(p.strides),
    dilations: ints(p.dilations),
    pads: ints(p.pads),
    group: int(p.groups),
  };
}

/** Sum over all axes but the channels (axis 1); this order of sums is the fast one. */
export function channelSum(x: Tensor): Tensor {
  return x.sum(x.shape.map((_, i) => i).slice(2)).sum(0);
}

/**
 * The gradient of a convolution's weights: the window's positions become channels (a padded copy of
 * x, one strided slice a tap), one batched product with y contracts the spatial axes, and the batch
 * is summed.
 */
function emitWeightGradient(
  emit: OnnxEmitter,
  [x, y]: readonly string[],
  node: Node<"convWeight">,
): string {
  const [xShape, yShape] = node.inputs.map((n) => n.shape);
  const { strides, dilations, pads, groups, kernel } = node.params;
  const [batch, channels, ...spatial] = xShape;
  const [filters, ...out] = yShape.slice(1);
  const [depth, perGroup, places, taps] = [
    channels / groups,
    filters / groups,
    sizeOf(out),
    sizeOf(kernel),
  ];
  const reshape = (value: string, shape: Shape) =>
    emit.node("Reshape", [value, emit.int64(shape)])[0];
  const grouped = groups > 1;
  const lead = grouped ? [batch, groups, depth] : [batch, depth];
  const first = lead.length;

  let source = grouped ? reshape(x, [...lead, ...spatial]) : x;
  if (pads.some((pad) => pad !== 0)) {
    const none = new Array<number>(first).fill(0);
    const rank = spatial.length;
    source = emit.node("Pad", [
      source,
      emit.int64([...none, ...pads.slice(0, rank), ...none, ...pads.slice(rank)]),
    ])[0];
  }
  const axes = emit.int64(spatial.map((_, i) => first + i));
  const steps = emit.int64(strides);
  const padded = spatial.map((size, i) => size + pads[i] + pads[spatial.length + i]);
  const columns = positions(kernel).map((tap) => {
    const starts = tap.map((k, i) => k * dilations[i]);
    const ends = starts.map((s, i) => s + (out[i] - 1) * strides[i] + 1);
    if (starts.every((s, i) => s === 0 && ends[i] === padded[i] && strides[i] === 1)) return source;
    return emit.node("Slice", [source, emit.int64(starts), emit.int64(ends), axes, steps])[0];
  });
  const joined =
    columns.length === 1 ? columns[0] : emit.node("Concat", columns, { axis: int(first - 1) })[0];
  const left = reshape(joined, [...lead.slice(0, -1), taps * depth, places]);
  const right = reshape(y, grouped ? [batch, groups, perGroup, places] : [batch, filters, places]);
  const flags = { transposeA: false, transposeB: true };
  const products = emitMatMul(emit, [left, right], [first + 1, first + 1], flags);
  const sum = emit.node("ReduceSum", [products, emit.int64([0])], { keepdims: int(0) })[0];
  const apart = reshape(sum, [groups, taps, depth, perGroup]);
  const ordered = emit.node("Transpose", [apart], { perm: ints([0, 3, 2, 1]) })[0];
  return reshape(ordered, node.shape);
}

const base = { strides: [1, 1], dilations: [1, 1], pads: [0, 0, 0, 0], groups: 1 };

/** A few convolutions `[x, w, parameters]`; the other two operations use the same. */
const cases: readonly (readonly [Shape, Shape, ConvParams])[] = [
  [[2, 2, 5, 4], [3, 2, 3, 2], base],
  [[2, 2, 6, 6], [2, 2, 3, 3], { ...base, strides: [2, 1], pads: [1, 1, 1, 1] }],
  [
    [1, 4, 5, 5],
    [4, 2, 2, 3],
    { strides: [1, 2], dilations: [2, 1], pads: [0, 1, 1, 0], groups: 2 },
  ],
  [[2, 3, 7], [3, 1, 3], { strides: [2], dilations: [1], pads: [1, 1], groups: 3 }],
  [
    [1, 1, 3, 4, 3],
    [2, 1, 2, 2, 2],
    { strides: [1, 1, 1], dilations: [1, 1, 1], pads: [0, 0, 0, 0, 0, 0], groups: 1 },
  ],
];

function samplesFor<K extends Convolution>(
  sample: (shapes: Shapes, p: ConvParams) => Sample<K>,
): Sample<K>[] {
  return cases.map(([x, w, p]) => sample({ x, w, y: outputShape("sample", x, w, p) }, p));
}

/** Convolution and its two adjoints; each one's derivatives are the other two. */
export const convolution: Pick<OpTable, Convolution> = {
  conv: {
    summary:
      "Convolution (without flipping) of `[N, C, ...]` by `[M, C/groups, ...]`, plus an optional bias `[M]`.",
    traits: [],
    infer: ([x, w, bias], p) => {
      requireFloat("conv", x);
      if (bias && !sameShape(bias.shape, [w.shape[0]])) {
        throw new ShapeError(
          "SHAPE_MISMATCH",
          `conv: a bias of shape [${w.shape[0]}]; got ${showShape(bias.shape)}`,
        );
      }
      return { shape: outputShape("conv", x.shape, w.shape, p), dtype: x.dtype };
    },
    vjp: (g, { inputs: [x, w, bias], params }) => {
      const p = bare(params);
      const dx = g.graph.apply("convTranspose", [g, w], { ...p, spatial: x.shape.slice(2) });
      const dw = g.graph.apply("convWeight", [x, g], { ...p, kernel: w.shape.slice(2) });
      return bias ? [dx, dw, channelSum(g)] : [dx, dw];
    },
    onnx: (emit, inputs, node) => emit.node("Conv", inputs, attributesOf(node.params))[0],
    js: {
      kernel: (out, [x, w, bias], node) => {
        const shapes = { x: node.inputs[0].shape, w: node.inputs[1].shape, y: node.shape };
        const places = sizeOf(node.shape.slice(2));
        out.fill(0);
        if (bias)
          for (let i = 0; i < out.length; i++) out[i] = bias[Math.floor(i / places) % bias.length];
        walk(shapes, node.params, (xi, wi, yi) => {
          out[yi] += x[xi] * w[wi];
        });
      },
    },
    samples: [
      ...samplesFor<"conv">(({ x, w }, params) => ({ shapes: [x, w], params })),
      { shapes: [[2, 2, 3, 3], [3, 2, 2, 2], [3]], params: base },
    ],
  },
  convTranspose: {
    summary: "The adjoint of a convolution in its input, of the given spatial size.",
    traits: [],
    infer: ([y, w], p) => {
      requireFloat("convTranspose", y);
      const shape = [y.shape[0], w.shape[1] * p.groups, ...p.spatial];
      requireOutput("convTranspose", { x: shape, w: w.shape, y: y.shape }, p);
      return { shape, dtype: y.dtype };
    },
    vjp: (g, { inputs: [y, w], params }) => {
      const p = bare(params);
      return [
        g.graph.apply("conv", [g, w], p),
        g.graph.apply("convWeight", [g, y], { ...p, kernel: w.shape.slice(2) }),
      ];
      // y is linear in both, so neither derivative reads the result.
    },
    onnx: (emit, inputs, node) => {
      const { strides, dilations, pads, spatial } = node.params;
      const [y, w] = node.inputs.map((n) => n.shape.slice(2));
      const rank = spatial.length;
      // The size that ConvTranspose gives by itself, less what floor() dropped.
      const rest = spatial.map(
        (size, i) =>
          size -
          ((y[i] - 1) * strides[i] + (w[i] - 1) * dilations[i] + 1 - pads[i] - pads[rank + i]),
      );
      return emit.node("ConvTranspose", inputs, {
        ...attributesOf(node.params),
        output_padding: ints(rest),
      })[0];
    },
    js: {
      kernel: (out, [y, w], node) => {
        out.fill(0);
        const shapes = { x: node.shape, w: node.inputs[1].shape, y: node.inputs[0].shape };
        walk(shapes, node.params, (xi, wi, yi) => {
          out[xi] += y[yi] * w[wi];
        });
      },
    },
    samples: samplesFor<"convTranspose">(({ x, w, y }, p) => ({
      shapes: [y, w],
      params: { ...p, spatial: x.slice(2) },
    })),
  },
  convWeight: {
    summary: "The adjoint of a convolution in its weights, of the given kernel size.",
    traits: [],
    infer: ([x, y], p) => {
      requireFloat("convWeight", x);
      const shape = [y.shape[1], x.shape[1] / p.groups, ...p.kernel];
      requireOutput("convWeight", { x: x.shape, w: shape, y: y.shape }, p);
      return { shape, dtype: x.dtype };
    },
    vjp: (g, { inputs: [x, y], params }) => {
      const p = bare(params);
      return [
        g.graph.apply("convTranspose", [y, g], { ...p, spatial: x.shape.slice(2) }),
        g.graph.apply("conv", [x, g], p),
      ];
    },
    onnx: emitWeightGradient,
    js: {
      kernel: (out, [x, y], node) => {
        out.fill(0);
        const shapes = { x: node.inputs[0].shape, w: node.shape, y: node.inputs[1].shape };
        walk(shapes, node.params, (xi, wi, yi) => {
          out[wi] += x[xi] * y[yi];
        });
      },
    },
    samples: samplesFor<"convWeight">(({ x, w, y }, p) => ({
      shapes: [x, y],
      params: { ...p, kernel: w.slice(2) },
    })),
  },
};
