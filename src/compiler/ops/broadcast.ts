import { ShapeError } from "../../core/errors.ts";
import { broadcastShapes, type Shape, sameShape, showShape } from "../../core/shape.ts";
import type { Tensor } from "../graph.ts";
import type { TensorType } from "../op.ts";

/** The type of an elementwise result: the operands' shapes broadcast, their types agree. */
export function elementwiseType(
  where: string,
  inputs: readonly TensorType[],
  dtype?: TensorType["dtype"],
): TensorType {
  const [first] = inputs;
  for (const input of inputs) {
    if (input.dtype !== first.dtype) {
      throw new ShapeError(
        "DTYPE_MISMATCH",
        `${where}: operands of one type; got ${inputs.map((t) => t.dtype).join(" and ")}`,
        { hint: "convert one of them with .cast()" },
      );
    }
  }
  const shape = inputs.reduce<Shape>((s, t) => broadcastShapes(s, t.shape, where), []);
  return { shape, dtype: dtype ?? first.dtype };
}

/** Undoes broadcasting for a cotangent: sums the axes along which the operand was stretched. */
export function unbroadcast(grad: Tensor, shape: Shape): Tensor {
  if (sameShape(grad.shape, shape)) return grad;
  const extra = grad.rank - shape.length;
  const axes: number[] = [];
  for (let i = 0; i < grad.rank; i++) {
    if (i < extra || (shape[i - extra] === 1 && grad.shape[i] !== 1)) axes.push(i);
  }
  return grad.sum(axes).reshape(shape);
}

/** @throws ShapeError DTYPE_MISMATCH unless the operand is a float. */
export function requireFloat(where: string, type: TensorType): void {
  if (type.dtype !== "float32" && type.dtype !== "float64") {
    throw new ShapeError("DTYPE_MISMATCH", `${where}: a float tensor; got ${type.dtype}`);
  }
}

/** @throws ShapeError SHAPE_MISMATCH unless the operand has so many axes. */
export function requireRank(where: string, type: TensorType, rank: number): void {
  if (type.shape.length !== rank) {
    throw new ShapeError("SHAPE_MISMATCH", `${where}: ${rank} axes; got ${showShape(type.shape)}`);
  }
}
