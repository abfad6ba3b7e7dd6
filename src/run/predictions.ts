import { RowNumbers, rowsOfPart, type SplitArrays } from "../data/row-set.ts";
import { type PredictionColumn, predictionColumns } from "../model/columns.ts";
import type { FitOutcome } from "../model/fit.ts";
import type { ReportedTask } from "../model/routes.ts";
import type { ScoredBlock } from "../tasks/scored.ts";

/** Lines handed over at once: so few that they are garbage soon. */
const pieceLines = 64;

/** A CSV of what the model says of the validation and test rows, beside their labels, piece by piece. */
export function* predictionsCsv(outcome: FitOutcome, split: SplitArrays): Generator<string> {
  const header = ["row", "part"];
  let lines: string[] = [];
  let named = false;
  const piece = () => {
    const text = lines.map((line) => `${line}\n`).join("");
    lines = [];
    return text;
  };
  for (const part of ["validation", "test"] as const) {
    const result = outcome.results[part];
    if (!result) continue;
    const { reported } = outcome;
    const numbers = new RowNumbers(rowsOfPart(split, part));
    for (const blocks of together(reported.map((task) => result.scored[task.name].blocks()))) {
      const columns = reported.flatMap((task, t) => columnsOf(task, blocks[t]));
      if (!named) lines.push([...header, ...columns.map((c) => c.name)].map(quote).join(","));
      named = true;
      const rows = numbers.take(blocks[0].rows);
      for (let i = 0; i < rows.length; i++) {
        lines.push([rows[i] + 1, part, ...columns.map((c) => c.value(i))].map(quote).join(","));
        if (lines.length >= pieceLines) yield piece();
      }
    }
  }
  if (!named) lines.push(header.join(","));
  yield piece();
}

function columnsOf(task: ReportedTask, { truth, outputs }: ScoredBlock): PredictionColumn[] {
  const { name, kind, state } = task;
  const judged = (row: number) => kind.judge(state, truth, outputs, row)?.truth ?? "";
  return [{ name: `${name}.truth`, value: judged }, ...predictionColumns(task, outputs)];
}

/** The blocks of the same rows, of all tasks at once. */
function* together(all: readonly Iterable<ScoredBlock>[]): Generator<ScoredBlock[]> {
  const readers = all.map((blocks) => blocks[Symbol.iterator]());
  for (;;) {
    const next = readers.map((reader) => reader.next());
    if (next.length === 0 || next.some(({ done }) => done)) return;
    yield next.map(({ value }) => value as ScoredBlock);
  }
}

function quote(value: unknown): string {
  const text = String(value ?? "");
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
