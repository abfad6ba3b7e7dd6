/** What the cells of an input are as something to predict: learned from training rows, plain data that JSON keeps. */
export interface CellTarget {
  /**
   * What the numbers of a cell are, and with it the loss: `values` by squared error, `members` each by logistic
   * loss, one `class` by cross-entropy.
   */
  readonly form: CellForm;
  /** Shape of what is predicted of one cell, `[]` for one number. */
  readonly shape: readonly number[];
  /** What the elements along the last axis are, where they have names. */
  readonly labels?: readonly string[];
  /** Of each element over the training cells: its mean, or the share of cells that have the member or class. */
  readonly mean: readonly number[];
  /** What errors of values are divided by, an element; empty for other forms. */
  readonly scale: readonly number[];
  /** Mean loss of predicting `mean` for every training cell: 1 for values, nats for members and classes; 0 where cells do not vary. */
  readonly spread: number;
  readonly shows: ShownAs;
  /** What else reading a cell needs: a format, how texts are split. */
  readonly reading: unknown;
}

export type CellForm = "values" | "members" | "class";

/** How a predicted cell is looked at. */
export type ShownAs =
  | "number"
  | "instant"
  | "place"
  | "numbers"
  | "series"
  | "sound"
  | "picture"
  | "names";

/** How finely cells are predicted. */
export interface TargetOptions {
  /** Most frequent words, members or categories that are told apart. */
  readonly terms: number;
  /** Rows and columns of pixels of a picture. */
  readonly pixels: number;
  /** Most steps of a series. */
  readonly steps: number;
  /** Stretches of time and bands of pitch of a recording. */
  readonly stretches: number;
  readonly bands: number;
}

/** Numbers that the network gives for a cell. */
export function sizeOfTarget({ shape }: CellTarget): number {
  return shape.reduce((product, side) => product * side, 1);
}

/** Numbers that a cell itself is: of a class only which it is. */
export function answerWidth(target: CellTarget): number {
  return target.form === "class" ? 1 : sizeOfTarget(target);
}
