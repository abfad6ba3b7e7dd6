import { cell, type Table } from "../data/columns.ts";
import type { FitOutcome } from "../model/fit.ts";
import type { Cell } from "../report/record.ts";
import type { Side } from "../tasks/objective.ts";
import { shownCells } from "../train/input-cells.ts";
import { showCell } from "./show-cell.ts";

/** Inputs of a side that are shown. */
const most = 6;

/** The cells of a side in one row of a table, as pages show them. */
export function sideCells(
  { inputs }: FitOutcome,
  table: Table,
  side: Side,
  row: number,
): Promise<Cell[]> {
  const chosen = side.inputs.slice(0, most).map((name) => inputs.find((i) => i.name === name));
  return Promise.all(
    chosen.flatMap((input) =>
      input ? [showCell(input, cell(shownCells(table, input), row), table.baseDir)] : [],
    ),
  );
}
