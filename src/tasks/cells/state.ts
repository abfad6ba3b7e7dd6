import { answerWidth, sizeOfTarget } from "../../core/cell-target.ts";
import type { AnsweredInput } from "../answers.ts";
import { taskError } from "../label-errors.ts";

/** A task whose labels are the cells of its second side. */
export interface CellsState {
  readonly task: string;
  readonly sides: readonly [string, string];
  /** The inputs of the second side; none before their cells are learned. */
  readonly cells: readonly AnsweredInput[];
}

/** An input of the second side, and where its numbers stand in a row. */
export interface Place extends AnsweredInput {
  /** Among raw outputs, and their number. */
  readonly at: number;
  readonly size: number;
  /** Among labels, and their number. */
  readonly labelAt: number;
  readonly width: number;
  /** The name of its output. */
  readonly output: string;
}

/** The places of a state's inputs. An only input's output is `value`; several have outputs of their own names. */
export function placesOf({ cells }: CellsState): readonly Place[] {
  let [at, labelAt] = [0, 0];
  return cells.map((cell) => {
    const [size, width] = [sizeOfTarget(cell.target), answerWidth(cell.target)];
    const output = cells.length === 1 ? "value" : cell.input;
    const place = { ...cell, at, size, labelAt, width, output };
    at += size;
    labelAt += width;
    return place;
  });
}

export function outputSizeOf(state: CellsState): number {
  return placesOf(state).reduce((sum, { size }) => sum + size, 0);
}

export function labelWidthOf(state: CellsState): number {
  return placesOf(state).reduce((sum, { width }) => sum + width, 0);
}

/** @throws DataError TASK_INVALID for cells that do not vary. */
export function settleCells(state: CellsState, cells: readonly AnsweredInput[]): CellsState {
  const still = cells.find(({ target }) => target.spread === 0);
  if (still) {
    const { labels, form } = still.target;
    const came =
      form === "values"
        ? "the same numbers in all training rows"
        : labels?.length
          ? `${labels.slice(0, 3).join(", ")} in every one`
          : "no word, member or class that is frequent enough";
    throw taskError(state.task, `cells of ${still.input} that vary; got ${came}`);
  }
  return { ...state, cells };
}
