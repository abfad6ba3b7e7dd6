import { cell } from "../data/columns.ts";
import { RowNumbers, type Rows } from "../data/row-set.ts";
import type { FitOutcome } from "../model/fit.ts";
import type { PartName } from "../model/placed-rows.ts";
import { readRows, type TableStream } from "../model/stream.ts";
import type { WorstExample } from "../report/record.ts";
import type { TaskKind } from "../tasks/task.ts";
import { shownCells } from "../train/input-cells.ts";
import { columnsOf } from "../train/learn.ts";
import { showCell } from "./show-cell.ts";

const examplesPerTask = 6;
const mostHeld = 256;

type Judged = NonNullable<ReturnType<TaskKind["judge"]>> & {
  readonly task: string;
  readonly row: number;
};

/** Cuts a list down to its worst rows, in order. */
function keepWorst(judged: Judged[]): Judged[] {
  judged.sort((a, b) => b.loss - a.loss || a.row - b.row);
  judged.length = Math.min(judged.length, examplesPerTask);
  return judged;
}

/** The rows of a part that the model got most wrong, a few a task, with their cells to look at. */
export async function worstExamples(
  outcome: FitOutcome,
  stream: TableStream,
  part: Exclude<PartName, "train">,
  rows: Rows,
): Promise<WorstExample[]> {
  const result = outcome.results[part];
  if (!result) return [];
  const found = outcome.reported.flatMap((task) => {
    // How they are found is shown with pictures of its own.
    if (task.kind.objective) return [];
    const judged: Judged[] = [];
    const reader = new RowNumbers(rows);
    for (const { rows: count, truth, outputs } of result.scored[task.name].blocks()) {
      const numbers = reader.take(count);
      for (let i = 0; i < count; i++) {
        const judgement = task.kind.judge(task.state, truth, outputs, i);
        if (!judgement) continue;
        judged.push({ task: task.name, row: numbers[i], ...judgement });
        // A part may have millions of rows.
        if (judged.length === mostHeld) keepWorst(judged);
      }
    }
    return keepWorst(judged);
  });
  if (found.length === 0) return [];
  const wanted = [...new Set(found.map((f) => f.row))].sort((a, b) => a - b);
  const columns = columnsOf(outcome.inputs);
  const table = await readRows(stream, columns, wanted);
  const at = new Map(wanted.map((row, i) => [row, i]));
  return Promise.all(
    found.map(async ({ row, ...rest }) => ({
      ...rest,
      part,
      row: row + 1,
      cells: await Promise.all(
        outcome.inputs.map((input) =>
          showCell(input, cell(shownCells(table, input), at.get(row) as number), table.baseDir),
        ),
      ),
    })),
  );
}
