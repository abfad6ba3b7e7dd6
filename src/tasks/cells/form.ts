/** The contract of a form of cells: what the network gives for them, what is lost by a wrong one, and how they are read. */
import type { Tensor } from "../../compiler/graph.ts";
import type { CellTarget } from "../../core/cell-target.ts";

/** Stands in labels for a number that is missing: far from all others, and exact in single precision. */
export const absent = -1e30;

/** Whether numbers of labels are there, 1 or 0. */
export function isKnown(labels: Tensor): Tensor {
  return labels.gt(absent / 2).cast("float32");
}

export interface Form {
  /** The raw outputs that predict `mean` for every cell. */
  prior(target: CellTarget): Float64Array;
  /** Makes labels of the numbers of a cell, where they are known. */
  label(target: CellTarget, element: number, x: number): number;
  /**
   * Loss of each row in units of `spread`: 1 for predicting `mean`. Raw `[B, size]`, labels `[B, answerWidth]`, to
   * `[B]`; a row without the cell has 0.
   */
  loss(raw: Tensor, labels: Tensor, target: CellTarget): Tensor;
  /** Predictions `[B, size]`: values in their own units, probabilities. */
  link(raw: Tensor, target: CellTarget): Tensor;
  /** The same loss of one cell, from its numbers and the linked prediction of it; 0 where it is missing. */
  lossOf(target: CellTarget, truth: ArrayLike<number>, predicted: ArrayLike<number>): number;
}
