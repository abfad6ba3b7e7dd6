import { ShapeError } from "../../core/errors.ts";
import { broadcastShapes, type Shape, showShape, sizeOf } from "../../core/shape.ts";
import type { Tensor } from "../graph.ts";
import { int, ints, type OnnxEmitter } from "../onnx/emitter.ts";
import type { OpTable, TensorType } from "../op.ts";
import { requireFloat, requireRank, unbroadcast } from "./broadcast.ts";

interface Flags {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** Rows and columns of a matrix operand after its flag. */
function sidesOf(shape: Shape, transposed: boolean): [number, number] {
  const [rows, columns] = shape.slice(-2);
  return transposed ? [columns, rows] : [rows, columns];
}

function productShape(where: string, a: TensorType, b: TensorType, flags: Flags): number[] {
  requireFloat(where, a);
  requireFloat(where, b);
  if (a.dtype !== b.dtype) {
    throw new ShapeError(
      "DTYPE_MISMATCH",
      `${where}: operands of one type; got ${a.dtype} and ${b.dtype}`,
    );
  }
  const bad = [a, b].find((t) => t.shape.length < 2);
  if (bad) {
    throw new ShapeError(
      "SHAPE_MISMATCH",
      `${where}: operands of two axes or more; got ${showShape(bad.shape)}`,
    );
  }
  const [rows, inner] = sidesOf(a.shape, flags.transposeA);
  const [inner2, columns] = sidesOf(b.shape, flags.transposeB);
  if (inner !== inner2) {
    const mark = (t: TensorType, flag: boolean) => `${showShape(t.shape)}${flag ? "ᵀ" : ""}`;
    throw new ShapeError(
      "SHAPE_MISMATCH",
      `${where}: inner sizes that agree; got ${mark(a, flags.transposeA)} · ${mark(b, flags.transposeB)}`,
    );
  }
  return [...broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2), where), rows, columns];
}

/** The cotangents of `op(a)·op(b)`. */
function productVjp(
  g: Tensor,
  a: Tensor,
  b: Tensor,
  { transposeA, transposeB }: Flags,
): [Tensor, Tensor] {
  if (a.rank > 2 && b.rank === 2 && !transposeA) {
    // Activations times a weight: as matrices, so that the weight's gradient is one product.
    const flat = a.reshape([-1, a.shape[a.rank - 1]]);
    const [da, db] = productVjp(g.reshape([-1, g.shape[g.rank - 1]]), flat, b, {
      transposeA,
      transposeB,
    });
    return [da.reshape(a.shape), db];
  }
  const da = transposeA
    ? b.matmul(g, { transposeA: transposeB, transposeB: true })
    : g.matmul(b, { transposeB: !transposeB });
  const db = transposeB
    ? g.matmul(a, { transposeA: true, transposeB: transposeA })
    : a.matmul(g, { transposeA: !transposeA });
  return [unbroadcast(da, a.shape), unbroadcast(db, b.shape)];
}

/** `out = op(a)·op(b)` of one pair of matrices at offsets, row by row of the result. */
function multiply(
  out: Float64Array,
  outAt: number,
  a: Float64Array,
  aAt: number,
  b: Float64Array,
  bAt: number,
  [rows, inner, columns]: readonly [number, number, number],
  flags: Flags,
): void {
  const [aRow, aColumn] = flags.transposeA ? [1, rows] : [inner, 1];
  if (flags.transposeB) {
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++) {
        let sum = 0;
        for (let k = 0; k < inner; k++)
          sum += a[aAt + i * aRow + k * aColumn] * b[bAt + j * inner + k];
        out[outAt + i * columns + j] = sum;
      }
    return;
  }
  out.fill(0, outAt, outAt + rows * columns);
  for (let i = 0; i < rows; i++)
    for (let k = 0; k < inner; k++) {
      const factor = a[aAt + i * aRow + k * aColumn];
      for (let j = 0; j < columns; j++)
        out[outAt + i * columns + j] += factor * b[bAt + k * columns + j];
    }
}

/** For each matrix of the broadcast batch, the number of the operand's matrix. */
function matrixNumbers(batch: Shape, operand: Shape): Int32Array {
  const own = operand.slice(0, -2);
  const numbers = new Int32Array(sizeOf(batch));
  for (let i = 0; i < numbers.length; i++) {
    let rest = i;
    let step = 1;
    for (let axis = batch.length - 1; axis >= 0; axis--) {
      const at = rest % batch[axis];
      rest = (rest - at) / batch[axis];
      const size = own[axis - (batch.length - own.length)] ?? 1;
      if (size !== 1) numbers[i] += at * step;
      step *= size;
    }
  }
  return numbers;
}

/** Swaps the last two axes. */
function swapLast(emit: OnnxEmitter, value: string, rank: number): string {
  const order = Array.from({ length: rank }, (_, i) => i);
  order[rank - 2] = rank - 1;
  order[rank - 1] = rank - 2;
  return emit.node("Transpose", [value], { perm: ints(order) })[0];
}

/** A batched matrix product with transposes, in the form the target runs fastest. */
export function emitMatMul(
  emit: OnnxEmitter,
  [a, b]: readonly [string, string],
  [rankA, rankB]: readonly [number, number],
  { transposeA, transposeB }: Flags,
): string {
  if (!transposeA && !transposeB) return emit.node("MatMul", [a, b])[0];
  const attributes = { transA: int(transposeA ? 1 : 0), transB: int(transposeB ? 1 : 0) };
  if (rankA === 2 && rankB === 2) return emit.node("Gemm", [a, b], attributes)[0];
  if (emit.target === "cpu") {
    return emit.node("FusedMatMul", [a, b], attributes, { domain: "com.microsoft" })[0];
  }
  return emit.node("MatMul", [
    transposeA ? swapLast(emit, a, rankA) : a,
    transposeB ? swapLast(emit, b, rankB) : b,
  ])[0];
}

const flags = (transposeA: boolean, transposeB: boolean): Flags => ({ transposeA, transposeB });

/** Matrix products. */
export const linear: Pick<OpTable, "matmul" | "gemm"> = {
  matmul: {
    summary: "Matrix product over the last two axes; the axes before them broadcast.",
    traits: [],
    infer: ([a, b], p) => ({ shape: productShape("matmul", a, b, p), dtype: a.dtype }),
    vjp: (g, { inputs: [a, b], params }) => productVjp(g, a, b, params),
    onnx: (emit, [a, b], node) =>
      emitMatMul(
        emit,
        [a, b],
        [node.inputs[0].shape.length, node.inputs[1].shape.length],
        node.params,
      ),
    js: {
      kernel: (out, [a, b], node) => {
        const [left, right] = node.inputs;
        const batch = node.shape.slice(0, -2);
        const [rows, columns] = node.shape.slice(-2);
        const [, inner] = sidesOf(left.shape, node.params.transposeA);
        const numbersA = matrixNumbers(batch, left.shape);
        const numbersB = matrixNumbers(batch, right.shape);
        for (let i = 0; i < numbersA.length; i++) {
          const atA = numbersA[i] * rows * inner;
          const atB = numbersB[i] * inner * columns;
          multiply(out, i * rows * columns, a, atA, b, atB, [rows, inner, columns], node.params);
        }
      },
    },
    samples: [
      {
        shapes: [
          [2, 3],
          [3, 4],
        ],
        params: flags(false, false),
      },
      {
        shapes: [
          [3, 2],
          [4, 3],
        ],
        params: flags(true, true),
      },
      {
        shapes: [
          [2, 3, 4],
          [4, 5],
        ],
        params: flags(false, false),
      },
      {
        shapes: [
          [2, 3, 4],
          [5, 4],
        ],
        params: flags(false, true),
      },
      {
        shapes: [
          [2, 4, 3],
          [2, 4, 5],
        ],
        params: flags(true, false),
      },
      {
        shapes: [
          [2, 1, 3, 4],
          [3, 5, 4],
        ],
        params: flags(false, true),
      },
      {
        shapes: [
          [4, 3],
          [2, 4, 2],
        ],
        params: flags(true, false),
      },
    ],
  },
  gemm: {
    summary: "Matrix product plus a bias of one value a column.",
    traits: [],
    infer: ([a, b, bias], p) => {
      requireRank("gemm", a, 2);
      requireRank("gemm", b, 2);
      const shape = productShape("gemm", a, b, p);
      if (bias.shape.length !== 1 || bias.shape[0] !== shape[1]) {
        throw new ShapeError(
          "SHAPE_MISMATCH",
          `gemm: a bias of shape [${shape[1]}]; got ${showShape(bias.shape)}`,
        );
      }
      return { shape, dtype: a.dtype };
    },
    vjp: (g, { inputs: [a, b], params }) => [...productVjp(g, a, b, params), g.sum(0)],
    onnx: (emit, inputs, node) =>
      emit.node("Gemm", inputs, {
        transA: int(node.params.transposeA ? 1 : 0),
        transB: int(node.params.transposeB ? 1 : 0),
      })[0],
    js: {
      kernel: (out, [a, b, bias], node) => {
        const [rows, columns] = node.shape;
        const [, inner] = sidesOf(node.inputs[0].shape, node.params.transposeA);
        multiply(out, 0, a, 0, b, 0, [rows, inner, columns], node.params);
        for (let i = 0; i < rows; i++)
          for (let j = 0; j < columns; j++) out[i * columns + j] += bias[j];
      },
    },
    samples: [
      { shapes: [[2, 3], [3, 4], [4]], params: flags(false, false) },
      { shapes: [[3, 2], [4, 3], [4]], params: flags(true, true) },
    ],
  },
};
