import { ShapeError } from "../../core/errors.ts";
import { type Shape, sameShape, showShape, sizeOf } from "../../core/shape.ts";
import { int, type OnnxEmitter, str } from "../onnx/emitter.ts";
import type { OpTable, TensorType } from "../op.ts";
import { requireFloat } from "./broadcast.ts";
import { onnxType } from "./onnx-type.ts";

type Indexing = "gather" | "scatterAdd" | "takeAlong" | "putAlongAdd" | "oneHot" | "topKIndex";

/** Up to this many rows, a product with a one-hot matrix is cheaper than a scatter. */
const oneHotRows = 64;

function requireIds(where: string, type: TensorType): void {
  if (type.dtype !== "int32" && type.dtype !== "int64") {
    throw new ShapeError("DTYPE_MISMATCH", `${where}: int32 indexes; got ${type.dtype}`, {
      hint: 'convert them with .cast("int32")',
    });
  }
}

function requireIndex(where: string, id: number, bound: number): void {
  if (!(id >= 0 && id < bound)) {
    throw new ShapeError("SHAPE_MISMATCH", `${where}: an index from 0 to ${bound - 1}; got ${id}`);
  }
}

/** `[before the axis, the axis, after it]` as sizes. */
function around(shape: Shape, axis: number): [number, number, number] {
  return [sizeOf(shape.slice(0, axis)), shape[axis], sizeOf(shape.slice(axis + 1))];
}

/** Whether two shapes are equal but for one axis. */
function alikeBut(a: Shape, b: Shape, axis: number): boolean {
  return a.length === b.length && a.every((d, i) => i === axis || d === b[i]);
}

/** `[...ids] → [...ids, depth]`, 1 where the last index is the id: no id is out of range. */
function emitOneHot(emit: OnnxEmitter, ids: string, type: TensorType, depth: number): string {
  const column = emit.node("Unsqueeze", [ids, emit.int64([type.shape.length])])[0];
  const range = Array.from({ length: depth }, (_, i) => i);
  const classes =
    type.dtype === "int64"
      ? emit.int64(range)
      : emit.constant(Int32Array.from(range), [depth], "int32");
  const equal = emit.node("Equal", [column, classes])[0];
  return emit.node("Cast", [equal], { to: int(onnxType.float32) })[0];
}

/** Picks and places rows or elements by integer indexes. */
export const indexing: Pick<OpTable, Indexing> = {
  gather: {
    summary: "Rows of a table by id. Ids must lie in the table.",
    traits: [],
    infer: ([table, ids]) => {
      requireIds("gather", ids);
      if (table.shape.length === 0) {
        throw new ShapeError(
          "SHAPE_MISMATCH",
          "gather: a table with at least one axis; got a scalar",
        );
      }
      return { shape: [...ids.shape, ...table.shape.slice(1)], dtype: table.dtype };
    },
    vjp: (g, { inputs: [table, ids] }) => [
      g.graph.apply("scatterAdd", [ids, g], { size: table.shape[0] }),
      null,
    ],
    onnx: (emit, inputs) => emit.node("Gather", inputs, { axis: int(0) })[0],
    js: {
      kernel: (out, [table, ids], node) => {
        const [rows, ...rest] = node.inputs[0].shape;
        const width = sizeOf(rest);
        for (let i = 0; i < ids.length; i++) {
          requireIndex("gather", ids[i], rows);
          for (let j = 0; j < width; j++) out[i * width + j] = table[ids[i] * width + j];
        }
      },
    },
    samples: [
      {
        shapes: [[5, 3], [4]],
        params: {},
        domains: [undefined, { integersBelow: 5 }],
        dtypes: [undefined, "int32"],
      },
      {
        shapes: [[4], [2, 3]],
        params: {},
        domains: [undefined, { integersBelow: 4 }],
        dtypes: [undefined, "int32"],
      },
    ],
  },
  scatterAdd: {
    summary: "Adds rows into a table of zeros by id; rows with a negative id are skipped.",
    traits: [],
    infer: ([ids, rows], { size }) => {
      requireIds("scatterAdd", ids);
      requireFloat("scatterAdd", rows);
      const lead = rows.shape.slice(0, ids.shape.length);
      if (!sameShape(lead, ids.shape)) {
        throw new ShapeError(
          "SHAPE_MISMATCH",
          `scatterAdd: rows that begin with the shape of the ids ${showShape(ids.shape)}; got ${showShape(rows.shape)}`,
        );
      }
      return { shape: [size, ...rows.shape.slice(ids.shape.length)], dtype: rows.dtype };
    },
    vjp: (g, { inputs: [ids, rows] }) => {
      const zero = g.graph.constant(0, [], ids.dtype);
      const kept = ids.ge(zero).cast(g.dtype);
      const extra = rows.rank - ids.rank;
      return [
        null,
        g
          .gather(ids.maximum(zero))
          .mul(kept.reshape([...ids.shape, ...new Array<number>(extra).fill(1)])),
      ];
    },
    // ScatterND with reduction=add has a data race on the CPU engine; these two forms have none.
    onnx: (emit, [ids, rows], node) => {
      const [idType] = node.inputs;
      const { size } = node.params;
      const width = sizeOf(node.shape.slice(1));
      const flatIds = emit.node("Reshape", [ids, emit.int64([-1])])[0];
      const flatRows = emit.node("Reshape", [rows, emit.int64([-1, width])])[0];
      const shape = emit.reshapeTarget(node);
      if (size <= oneHotRows) {
        const hot = emitOneHot(emit, flatIds, { shape: [-1], dtype: idType.dtype }, size);
        const sums = emit.node("Gemm", [hot, flatRows], { transA: int(1) })[0];
        return emit.node("Reshape", [sums, shape])[0];
      }
      const zero =
        idType.dtype === "int64" ? emit.int64([0]) : emit.constant(Int32Array.of(0), [1], "int32");
      const column = emit.node("Unsqueeze", [flatIds, emit.int64([1])])[0];
      const kept = emit.node("GreaterOrEqual", [column, zero])[0];
      const mask = emit.node("Cast", [kept], { to: int(onnxType[node.dtype]) })[0];
      const values = emit.node("Mul", [flatRows, mask])[0];
      const safe = emit.node("Max", [column, zero])[0];
      const index = emit.node("Expand", [safe, emit.int64([1, width])])[0];
      const zeros = emit.node("Expand", [emit.scalar(0), emit.int64([size, width])])[0];
      const sums = emit.node("ScatterElements", [zeros, index, values], {
        axis: int(0),
        reduction: str("add"),
      })[0];
      return emit.node("Reshape", [sums, shape])[0];
    },
    js: {
      kernel: (out, [ids, rows], node) => {
        out.fill(0);
        const [size, ...rest] = node.shape;
        const width = sizeOf(rest);
        for (let i = 0; i < ids.length; i++) {
          if (ids[i] < 0) continue;
          requireIndex("scatterAdd", ids[i], size);
          for (let j = 0; j < width; j++) out[ids[i] * width + j] += rows[i * width + j];
        }
      },
    },
    samples: [
      {
        shapes: [[6], [6, 2]],
        params: { size: 4 },
        domains: [{ integersBelow: 4 }],
        dtypes: ["int32"],
      },
      {
        shapes: [
          [5, 2],
          [5, 2, 3],
        ],
        params: { size: 70 },
        domains: [{ integersBelow: 70 }],
        dtypes: ["int32"],
      },
      {
        shapes: [[4], [4]],
        params: { size: 3 },
        domains: [{ integersBelow: 3 }],
        dtypes: ["int32"],
      },
    ],
  },
  takeAlong: {
    summary: "Elements along an axis by index; the index has the result's shape.",
    traits: [],
    infer: ([x, index], { axis }) => {
      requireIds("takeAlong", index);
      if (!alikeBut(x.shape, index.shape, axis)) {
        throw new ShapeError(
          "SHAPE_MISMATCH",
          `takeAlong: indexes shaped as ${showShape(x.shape)} but for axis ${axis}; got ${showShape(index.shape)}`,
        );
      }
      return { shape: index.shape, dtype: x.dtype };
    },
    vjp: (g, { inputs: [x, index], params: { axis } }) => [
      g.graph.apply("putAlongAdd", [index, g], { axis, size: x.shape[axis] }),
      null,
    ],
    onnx: (emit, inputs, node) =>
      emit.node("GatherElements", inputs, { axis: int(node.params.axis) })[0],
    js: {
      kernel: (out, [x, index], node) => {
        const { axis } = node.params;
        const size = node.inputs[0].shape[axis];
        const [outer, length, inner] = around(node.shape, axis);
        let at = 0;
        for (let o = 0; o < outer; o++)
          for (let k = 0; k < length; k++)
            for (let i = 0; i < inner; i++, at++) {
              requireIndex("takeAlong", index[at], size);
              out[at] = x[(o * size + index[at]) * inner + i];
            }
      },
    },
    samples: [
      {
        shapes: [
          [3, 4],
          [3, 1],
        ],
        params: { axis: 1 },
        domains: [undefined, { integersBelow: 4 }],
        dtypes: [undefined, "int32"],
      },
      {
        shapes: [
          [3, 2, 2],
          [5, 2, 2],
        ],
        params: { axis: 0 },
        domains: [undefined, { integersBelow: 3 }],
        dtypes: [undefined, "int32"],
      },
    ],
  },
  putAlongAdd: {
    summary: "Adds elements into zeros along an axis by index.",
    traits: [],
    infer: ([index, values], { axis, size }) => {
      requireIds("putAlongAdd", index);
      requireFloat("putAlongAdd", values);
      if (!sameShape(index.shape, values.shape)) {
        throw new ShapeError(
          "SHAPE_MISMATCH",
          `putAlongAdd: indexes and values of one shape; got ${showShape(index.shape)} and ${showShape(values.shape)}`,
        );
      }
      return { shape: values.shape.map((d, i) => (i === axis ? size : d)), dtype: values.dtype };
    },
    vjp: (g, { inputs: [index], params: { axis } }) => [
      null,
      g.graph.apply("takeAlong", [g, index], { axis }),
    ],
    onnx: (emit, [index, values], node) => {
      const zeros = emit.node("Expand", [emit.scalar(0), emit.expandTarget(node)])[0];
      return emit.node("ScatterElements", [zeros, index, values], {
        axis: int(node.params.axis),
        reduction: str("add"),
      })[0];
    },
    js: {
      kernel: (out, [index, values], node) => {
        out.fill(0);
        const { axis, size } = node.params;
        const [outer, length, inner] = around(node.inputs[0].shape, axis);
        let at = 0;
        for (let o = 0; o < outer; o++)
          for (let k = 0; k < length; k++)
            for (let i = 0; i < inner; i++, at++) {
              requireIndex("putAlongAdd", index[at], size);
              out[(o * size + index[at]) * inner + i] += values[at];
            }
      },
    },
    samples: [
      {
        shapes: [
          [3, 2],
          [3, 2],
        ],
        params: { axis: 1, size: 4 },
        domains: [{ integersBelow: 4 }],
        dtypes: ["int32"],
      },
      {
        shapes: [
          [5, 2],
          [5, 2],
        ],
        params: { axis: 0, size: 3 },
        domains: [{ integersBelow: 3 }],
        dtypes: ["int32"],
      },
    ],
  },
  oneHot: {
    summary: "1 at the place of each id, else 0; all 0 for an id outside 0 … depth−1.",
    traits: [],
    infer: ([ids], { depth }) => {
      requireIds("oneHot", ids);
      return { shape: [...ids.shape, depth], dtype: "float32" };
    },
    vjp: { none: "its operand is not a float" },
    onnx: (emit, [ids], node) => emitOneHot(emit, ids, node.inputs[0], node.params.depth),
    js: {
      kernel: (out, [ids], node) => {
        out.fill(0);
        const { depth } = node.params;
        for (let i = 0; i < ids.length; i++) {
          if (ids[i] >= 0 && ids[i] < depth) out[i * depth + ids[i]] = 1;
        }
      },
    },
    samples: [
      { shapes: [[5]], params: { depth: 3 }, domains: [{ integersBelow: 5 }], dtypes: ["int32"] },
      {
        shapes: [[2, 2]],
        params: { depth: 4 },
        domains: [{ integersBelow: 4 }],
        dtypes: ["int32"],
      },
    ],
  },
  topKIndex: {
    summary: "Indexes of the k largest along the last axis, largest first; of equals the first.",
    traits: [],
    infer: ([x], { k }) => {
      requireFloat("topKIndex", x);
      const length = x.shape.at(-1) ?? 0;
      if (!(k >= 1 && k <= length)) {
        throw new ShapeError("SHAPE_MISMATCH", `topKIndex: k from 1 to ${length}; got ${k}`);
      }
      return { shape: [...x.shape.slice(0, -1), k], dtype: "int32" };
    },
    vjp: { none: "piecewise constant" },
    onnx: (emit, [x], node) => {
      const index = emit.node("TopK", [x, emit.int64([node.params.k])], {}, { outputs: 2 })[1];
      return emit.node("Cast", [index], { to: int(onnxType.int32) })[0];
    },
    js: {
      kernel: (out, [x], node) => {
        const { k } = node.params;
        const length = node.inputs[0].shape.at(-1) as number;
        for (let row = 0; row * length < x.length; row++) {
          const order = Array.from({ length }, (_, i) => i);
          const at = row * length;
          order.sort((a, b) => x[at + b] - x[at + a] || a - b);
          for (let i = 0; i < k; i++) out[row * k + i] = order[i];
        }
      },
    },
    samples: [
      { shapes: [[2, 5]], params: { k: 3 }, domains: [{ distinct: true }] },
      { shapes: [[2, 2, 4]], params: { k: 2 }, domains: [{ integersBelow: 3 }] },
    ],
  },
};
