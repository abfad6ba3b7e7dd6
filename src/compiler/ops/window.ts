import { ShapeError } from "../../core/errors.ts";
import { type Shape, showShape } from "../../core/shape.ts";

/** How a window slides over spatial axes; pools have no dilation. */
export interface Window {
  readonly strides: readonly number[];
  readonly pads: readonly number[];
  readonly dilations?: readonly number[];
}

/**
 * Spatial sizes after a window of size `kernel` has slid over `spatial`.
 * @throws ShapeError where a list has a wrong length or a window does not fit.
 */
export function slide(where: string, spatial: Shape, kernel: Shape, w: Window): number[] {
  const rank = spatial.length;
  const lengths = [kernel.length, w.strides.length, w.dilations?.length ?? rank, w.pads.length / 2];
  if (rank < 1 || rank > 3 || lengths.some((n) => n !== rank)) {
    throw new ShapeError(
      "SHAPE_MISMATCH",
      `${where}: one to three spatial axes with a kernel, stride and dilation each and two pads; ` +
        `got ${rank} axes, kernel ${showShape(kernel)}, strides ${showShape(w.strides)}, pads ${showShape(w.pads)}`,
    );
  }
  return spatial.map((size, i) => {
    const reach = (kernel[i] - 1) * (w.dilations?.[i] ?? 1) + 1;
    const steps = Math.floor((size + w.pads[i] + w.pads[rank + i] - reach) / w.strides[i]);
    if (!(kernel[i] >= 1 && w.strides[i] >= 1 && steps >= 0)) {
      throw new ShapeError(
        "SHAPE_MISMATCH",
        `${where}: a window that fits into ${showShape(spatial)}; got ${showShape(kernel)} with pads ${showShape(w.pads)}`,
      );
    }
    return steps + 1;
  });
}

/** A list for three axes: what is missing at the front is filled. */
export function three(list: readonly number[], fill: number): [number, number, number] {
  const [a, b, c] = [...new Array<number>(3 - list.length).fill(fill), ...list];
  return [a, b, c];
}

/** All positions inside a box, the last axis fastest. */
export function positions(box: Shape): number[][] {
  let list: number[][] = [[]];
  for (const size of box) {
    list = list.flatMap((head) => Array.from({ length: size }, (_, i) => [...head, i]));
  }
  return list;
}
