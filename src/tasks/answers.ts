/**
 * The contract of tasks whose labels are cells of inputs: what one side of a row holds, predicted from the other.
 */
import type { CellTarget, TargetOptions } from "../core/cell-target.ts";

/** An input whose cells are predicted, with what was learned of them. */
export interface AnsweredInput {
  readonly input: string;
  readonly target: CellTarget;
}

export interface Answers<Options = unknown, State = unknown> {
  /** How finely the cells of the second side are predicted; undefined where the options ask for something else. */
  how(options: Options): TargetOptions | undefined;
  /**
   * The state with what was learned of those cells, in the order of the side's inputs.
   * @throws DataError TASK_INVALID for cells that do not vary.
   */
  settle(state: State, inputs: readonly AnsweredInput[]): State;
  /** What `settle` was given; the numbers of a row's cells stand one after the other, `answerWidth` each. */
  inputs(state: State): readonly AnsweredInput[];
  /** Labels from the numbers of cells, `[rows, labelWidth]` both; NaN = missing. */
  label(state: State, truth: Float64Array, labels: Float32Array): void;
}

/** How finely a task predicts cells; undefined for tasks that do not. */
export function answersOf<Options>(task: {
  readonly kind: { readonly objective?: { readonly answers?: Answers<Options> } };
  readonly options: Options;
}): TargetOptions | undefined {
  return task.kind.objective?.answers?.how(task.options);
}
