import { ShapeError } from "../../core/errors.ts";
import {
  broadcastShapes,
  type Shape,
  sameShape,
  showShape,
  sizeOf,
  stridesOf,
} from "../../core/shape.ts";
import { int, ints } from "../onnx/emitter.ts";
import type { OpTable } from "../op.ts";
import { unbroadcast } from "./broadcast.ts";

/**
 * Copies `out[index] = x[offset + Σ index·strides]` for every index of `shape`.
 * The one loop behind transpose, expand and slice.
 */
function copyStrided(
  out: Float64Array,
  x: Float64Array,
  shape: Shape,
  strides: readonly number[],
  offset: number,
): void {
  const index = new Array<number>(shape.length).fill(0);
  let from = offset;
  for (let to = 0; to < out.length; to++) {
    out[to] = x[from];
    for (let i = shape.length - 1; i >= 0; i--) {
      index[i]++;
      from += strides[i];
      if (index[i] < shape[i]) break;
      from -= strides[i] * shape[i];
      index[i] = 0;
    }
  }
}

/** Moves elements without changing them. */
export const movement: Pick<
  OpTable,
  "reshape" | "transpose" | "expand" | "concat" | "slice" | "pad"
> = {
  reshape: {
    summary: "The same elements in another shape.",
    traits: ["movement"],
    infer: ([x], p) => {
      if (
        sizeOf(x.shape) !== sizeOf(p.shape) ||
        p.shape.some((d) => !Number.isInteger(d) || d < 0)
      ) {
        throw new ShapeError(
          "SHAPE_MISMATCH",
          `reshape: ${sizeOf(x.shape)} elements as in ${showShape(x.shape)}; got ${showShape(p.shape)}`,
        );
      }
      return { shape: p.shape, dtype: x.dtype };
    },
    vjp: (g, { inputs: [x] }) => [g.reshape(x.shape)],
    onnx: (emit, [x], node) => emit.node("Reshape", [x, emit.reshapeTarget(node)])[0],
    js: { alias: true },
    samples: [
      { shapes: [[2, 6]], params: { shape: [3, 4] } },
      { shapes: [[1]], params: { shape: [] } },
    ],
  },
  transpose: {
    summary: "Permutes the axes.",
    traits: ["movement"],
    infer: ([x], p) => {
      const sorted = [...p.permutation].sort((a, b) => a - b);
      if (
        !sameShape(
          sorted,
          x.shape.map((_, i) => i),
        )
      ) {
        throw new ShapeError(
          "SHAPE_MISMATCH",
          `transpose: a permutation of ${x.shape.length} axes; got ${showShape(p.permutation)}`,
        );
      }
      return { shape: p.permutation.map((i) => x.shape[i]), dtype: x.dtype };
    },
    vjp: (g, { params }) => {
      const inverse = new Array<number>(params.permutation.length);
      params.permutation.forEach((from, to) => {
        inverse[from] = to;
      });
      return [g.transpose(inverse)];
    },
    onnx: (emit, inputs, node) =>
      emit.node("Transpose", inputs, { perm: ints(node.params.permutation) })[0],
    js: {
      kernel: (out, [x], node) => {
        const strides = stridesOf(node.inputs[0].shape);
        copyStrided(
          out,
          x,
          node.shape,
          node.params.permutation.map((i) => strides[i]),
          0,
        );
      },
    },
    samples: [
      { shapes: [[2, 3]], params: { permutation: [1, 0] } },
      { shapes: [[2, 3, 4]], params: { permutation: [2, 0, 1] } },
    ],
  },
  expand: {
    summary: "Stretches axes of size 1 (and adds axes at the left).",
    traits: ["movement"],
    infer: ([x], p) => {
      if (!sameShape(broadcastShapes(x.shape, p.shape, "expand"), p.shape)) {
        throw new ShapeError(
          "SHAPE_MISMATCH",
          `expand: a shape that ${showShape(x.shape)} stretches to; got ${showShape(p.shape)}`,
        );
      }
      return { shape: p.shape, dtype: x.dtype };
    },
    vjp: (g, { inputs: [x] }) => [unbroadcast(g, x.shape)],
    onnx: (emit, [x], node) => emit.node("Expand", [x, emit.expandTarget(node)])[0],
    js: { expression: ([x]) => x },
    samples: [
      { shapes: [[3, 1]], params: { shape: [3, 4] } },
      { shapes: [[3]], params: { shape: [2, 3] } },
      { shapes: [[]], params: { shape: [2, 2] } },
    ],
  },
  concat: {
    summary: "Joins tensors along an axis.",
    traits: ["movement"],
    infer: (inputs, { axis }) => {
      const [first] = inputs;
      for (const t of inputs) {
        const fits =
          t.shape.length === first.shape.length &&
          t.shape.every((d, i) => i === axis || d === first.shape[i]);
        if (!fits || t.dtype !== first.dtype) {
          throw new ShapeError(
            "SHAPE_MISMATCH",
            `concat: tensors alike but for axis ${axis}; got ${inputs.map((x) => showShape(x.shape)).join(", ")}`,
          );
        }
      }
      const total = inputs.reduce((sum, t) => sum + t.shape[axis], 0);
      return { shape: first.shape.map((d, i) => (i === axis ? total : d)), dtype: first.dtype };
    },
    vjp: (g, { inputs, params }) => {
      let start = 0;
      return inputs.map((x) => {
        const part = g.slice(params.axis, start, start + x.shape[params.axis]);
        start += x.shape[params.axis];
        return part;
      });
    },
    onnx: (emit, inputs, node) => emit.node("Concat", inputs, { axis: int(node.params.axis) })[0],
    js: {
      kernel: (out, inputs, node) => {
        const { axis } = node.params;
        const row = sizeOf(node.shape.slice(axis));
        let at = 0;
        inputs.forEach((x, i) => {
          const width = sizeOf(node.inputs[i].shape.slice(axis));
          for (let r = 0; r * width < x.length; r++)
            out.set(x.subarray(r * width, (r + 1) * width), r * row + at);
          at += width;
        });
      },
    },
    samples: [
      {
        shapes: [
          [2, 3],
          [2, 1],
        ],
        params: { axis: 1 },
      },
      {
        shapes: [
          [1, 3],
          [2, 3],
          [1, 3],
        ],
        params: { axis: 0 },
      },
    ],
  },
  slice: {
    summary: "A box of elements, every `steps`-th along each axis.",
    traits: ["movement"],
    infer: ([x], p) => {
      const bad = x.shape.findIndex(
        (d, i) => p.starts[i] < 0 || p.ends[i] > d || p.starts[i] > p.ends[i] || p.steps[i] < 1,
      );
      if (bad >= 0 || p.starts.length !== x.shape.length) {
        throw new ShapeError(
          "SHAPE_MISMATCH",
          `slice: a box inside ${showShape(x.shape)}; got ${showShape(p.starts)} to ${showShape(p.ends)}`,
        );
      }
      return {
        shape: x.shape.map((_, i) => Math.ceil((p.ends[i] - p.starts[i]) / p.steps[i])),
        dtype: x.dtype,
      };
    },
    vjp: (g, { inputs: [x], params: p }) => {
      const spread = g.shape.map((d, i) => Math.max(0, (d - 1) * p.steps[i] + 1));
      return [
        g.pad(
          p.starts,
          x.shape.map((d, i) => d - p.starts[i] - spread[i]),
          p.steps.map((s) => s - 1),
        ),
      ];
    },
    onnx: (emit, [x], node) => {
      const from = node.inputs[0].shape;
      const { starts, ends, steps } = node.params;
      const axes = from
        .map((_, i) => i)
        .filter((i) => starts[i] !== 0 || ends[i] !== from[i] || steps[i] !== 1);
      const pick = (list: readonly number[]) => emit.int64(axes.map((i) => list[i]));
      return emit.node("Slice", [x, pick(starts), pick(ends), emit.int64(axes), pick(steps)])[0];
    },
    js: {
      kernel: (out, [x], node) => {
        const strides = stridesOf(node.inputs[0].shape);
        const offset = node.params.starts.reduce((sum, s, i) => sum + s * strides[i], 0);
        copyStrided(
          out,
          x,
          node.shape,
          strides.map((s, i) => s * node.params.steps[i]),
          offset,
        );
      },
    },
    samples: [
      { shapes: [[4, 5]], params: { starts: [1, 0], ends: [3, 5], steps: [1, 1] } },
      { shapes: [[4, 7]], params: { starts: [0, 1], ends: [4, 7], steps: [1, 3] } },
    ],
  },
  pad: {
    summary: "Zeros before, after and between the elements of each axis.",
    traits: ["movement"],
    infer: ([x], p) => ({
      shape: x.shape.map(
        (d, i) => p.before[i] + p.after[i] + d + Math.max(0, d - 1) * p.interior[i],
      ),
      dtype: x.dtype,
    }),
    vjp: (g, { inputs: [x], params: p }) => [
      g.graph.apply("slice", [g], {
        starts: p.before,
        ends: g.shape.map((d, i) => d - p.after[i]),
        steps: x.shape.map((_, i) => p.interior[i] + 1),
      }),
    ],
    onnx: (emit, [x], node) => {
      const { before, after, interior } = node.params;
      let value = x;
      const shape = [...node.inputs[0].shape];
      // ONNX has no interior padding: give each element an axis of its own, pad that, merge again.
      interior.forEach((gap, axis) => {
        if (gap === 0) return;
        const apart = [...shape.slice(0, axis + 1), 1, ...shape.slice(axis + 1)];
        value = emit.node("Reshape", [value, emit.int64(apart)])[0];
        const pads = new Array<number>(2 * apart.length).fill(0);
        pads[apart.length + axis + 1] = gap;
        value = emit.node("Pad", [value, emit.int64(pads)])[0];
        const merged = shape.map((d, i) => (i === axis ? d * (gap + 1) : d));
        value = emit.node("Reshape", [value, emit.int64(merged)])[0];
        shape[axis] = merged[axis];
      });
      // Merging leaves a gap after the last element too: cut it by padding less.
      const end = after.map((a, i) => a - (interior[i] > 0 ? interior[i] : 0));
      if (before.every((b) => b === 0) && end.every((e) => e === 0)) return value;
      return emit.node("Pad", [value, emit.int64([...before, ...end])])[0];
    },
    js: {
      kernel: (out, [x], node) => {
        out.fill(0);
        const from = node.inputs[0].shape;
        const strides = stridesOf(node.shape);
        const { before, interior } = node.params;
        const index = new Array<number>(from.length).fill(0);
        for (let i = 0; i < x.length; i++) {
          let to = 0;
          for (let a = 0; a < from.length; a++)
            to += (before[a] + index[a] * (interior[a] + 1)) * strides[a];
          out[to] = x[i];
          for (let a = from.length - 1; a >= 0 && ++index[a] === from[a]; a--) index[a] = 0;
        }
      },
    },
    samples: [
      { shapes: [[2, 3]], params: { before: [1, 0], after: [0, 2], interior: [0, 0] } },
      { shapes: [[2, 3]], params: { before: [0, 1], after: [1, 0], interior: [1, 2] } },
    ],
  },
};
