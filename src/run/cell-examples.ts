import { cell, type Table } from "../data/columns.ts";
import { RowNumbers, type Rows } from "../data/row-set.ts";
import type { FitOutcome } from "../model/fit.ts";
import type { PartName } from "../model/placed-rows.ts";
import { readRows, type TableStream } from "../model/stream.ts";
import type { Cell, PredictedCellsRecord } from "../report/record.ts";
import { answersOf } from "../tasks/answers.ts";
import { type CellInRow, cellsInRow } from "../tasks/cells/cells.ts";
import { forms } from "../tasks/cells/forms.ts";
import { type CellsState, placesOf } from "../tasks/cells/state.ts";
import { resolveSides } from "../tasks/objective.ts";
import { type ScoredBlock, wholeOf } from "../tasks/scored.ts";
import { shownCells } from "../train/input-cells.ts";
import { columnsOf, type LearnedTask } from "../train/learn.ts";
import { drawCell } from "./draw-cell.ts";
import { showCell } from "./show-cell.ts";
import { sideCells } from "./side-cells.ts";

/** Rows that are shown of the best, of the middle and of the worst. */
const each = 2;

interface Chosen {
  readonly task: LearnedTask;
  readonly scored: ScoredBlock;
  readonly place: "best" | "middle" | "worst";
  /** Among the rows of the part, and in the table. */
  readonly at: number;
  readonly row: number;
  readonly explained: number;
}

/**
 * For every task that predicts cells: what it predicts of a few rows, beside the cells themselves: of the rows whose
 * loss is reduced most, of the middle and of the least.
 */
export async function cellExamples(
  outcome: FitOutcome,
  stream: TableStream,
  part: Exclude<PartName, "train">,
  given: Rows,
): Promise<PredictedCellsRecord[]> {
  const tasks = outcome.tasks.filter((task) => answersOf(task) !== undefined);
  if (tasks.length === 0) return [];
  const rows = new RowNumbers(given).take(given.length);
  const chosen = tasks.flatMap((task) => choose(task, outcome, part, rows));
  if (chosen.length === 0) return [];
  const wanted = [...new Set(chosen.map((c) => c.row))].sort((a, b) => a - b);
  const columns = columnsOf(outcome.inputs);
  const table = await readRows(stream, columns, wanted);
  const names = outcome.inputs.map((input) => input.name);
  return Promise.all(
    tasks.map(async (task): Promise<PredictedCellsRecord> => {
      const sides = task.kind.objective?.sides(task.options) as readonly [string, string];
      const [from] = resolveSides(task.name, sides, names);
      const own = chosen.filter((c) => c.task === task);
      return {
        task: task.name,
        part,
        from: sides[0],
        to: sides[1],
        means: await Promise.all(
          placesOf(task.state as CellsState).map(async ({ input, target }) => ({
            input,
            cell: await drawCell(target, target.mean),
          })),
        ),
        examples: await Promise.all(
          own.map(async (one) => ({
            row: one.row + 1,
            place: one.place,
            explained: one.explained,
            given: await sideCells(outcome, table, from, wanted.indexOf(one.row)),
            cells: await Promise.all(
              rowCells(one).map((c) => beside(c, outcome, table, wanted.indexOf(one.row))),
            ),
          })),
        ),
      };
    }),
  );
}

function rowCells({
  task,
  at,
  scored: { truth, outputs },
}: Pick<Chosen, "task" | "at" | "scored">): CellInRow[] {
  return cellsInRow(task.state as CellsState, truth, outputs, at);
}

/** Rows in order of what is explained of their own loss. */
function choose(
  task: LearnedTask,
  { results }: FitOutcome,
  part: Exclude<PartName, "train">,
  rows: Int32Array,
): Chosen[] {
  const whole = results[part]?.scored[task.name];
  if (!whole) return [];
  const scored = wholeOf(whole);
  const found: Omit<Chosen, "place">[] = [];
  for (let at = 0; at < rows.length; at++) {
    const explained = explainedOf(rowCells({ task, at, scored }));
    if (explained !== undefined) found.push({ task, scored, at, row: rows[at], explained });
  }
  found.sort((a, b) => b.explained - a.explained || a.row - b.row);
  if (found.length <= 3 * each) return found.map((one) => ({ ...one, place: "best" }));
  const middle = Math.floor((found.length - each) / 2);
  return [
    ...found.slice(0, each).map((one) => ({ ...one, place: "best" as const })),
    ...found.slice(middle, middle + each).map((one) => ({ ...one, place: "middle" as const })),
    ...found.slice(-each).map((one) => ({ ...one, place: "worst" as const })),
  ];
}

/** Share of the loss of the training means that the predictions of a row save. */
function explainedOf(cells: readonly CellInRow[]): number | undefined {
  let [left, whole] = [0, 0];
  for (const { place, truth, predicted } of cells) {
    const { target } = place;
    left += forms[target.form].lossOf(target, truth, predicted);
    whole += forms[target.form].lossOf(target, truth, target.mean);
  }
  return whole > 0 ? 1 - left / whole : undefined;
}

async function beside(
  { place, truth, predicted }: CellInRow,
  { inputs }: FitOutcome,
  table: Table,
  row: number,
) {
  const { target } = place;
  const input = inputs.find((i) => i.name === place.input);
  const missing = truth.every(Number.isNaN);
  const original: Cell =
    input && !missing
      ? await showCell(input, cell(shownCells(table, input), row), table.baseDir)
      : { column: place.input, type: "missing" };
  return {
    input: place.input,
    original,
    // Names are marked in the prediction; numbers are drawn as they were to be predicted.
    ...(!missing && target.form === "values" && { target: await drawCell(target, truth) }),
    predicted: await drawCell(target, predicted, missing ? undefined : truth),
  };
}
