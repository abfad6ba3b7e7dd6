import { ShapeError } from "./errors.ts";

/** Sizes of a tensor's axes, outermost first. A scalar's is `[]`. */
export type Shape = readonly number[];

/** Number of elements. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const d of shape) size *= d;
  return size;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((d, i) => d === b[i]);
}

/** Row-major strides, in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step;
    step *= shape[i];
  }
  return strides;
}

export function showShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

/**
 * The shape two operands broadcast to: axes are aligned at the right, and a 1 or an absent axis
 * stretches.
 * @throws ShapeError SHAPE_MISMATCH, naming `where`.
 */
export function broadcastShapes(a: Shape, b: Shape, where = "broadcast"): Shape {
  const rank = Math.max(a.length, b.length);
  const out = new Array<number>(rank);
  for (let i = 0; i < rank; i++) {
    const x = a[a.length - rank + i] ?? 1;
    const y = b[b.length - rank + i] ?? 1;
    if (x !== y && x !== 1 && y !== 1) {
      throw new ShapeError(
        "SHAPE_MISMATCH",
        `${where}: shapes that broadcast; got ${showShape(a)} and ${showShape(b)}`,
      );
    }
    out[i] = x === 1 ? y : x;
  }
  return out;
}

/** Turns a possibly negative axis into one in `[0, rank)`. @throws ShapeError SHAPE_MISMATCH. */
export function normalizeAxis(axis: number, rank: number, where = "axis"): number {
  const at = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(at) || at < 0 || at >= rank) {
    throw new ShapeError(
      "SHAPE_MISMATCH",
      `${where}: an axis from ${-rank} to ${rank - 1}; got ${axis}`,
    );
  }
  return at;
}
