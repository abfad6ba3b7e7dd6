/** What a reader of a comparison must know, and what gradients propose. */
import { DataError } from "../core/errors.ts";
import { isMissing } from "../data/columns.ts";
import type { ResolvedSpecs } from "../model/specs.ts";
import type { readColumns } from "../model/stream.ts";
import { proposeGroups } from "./grouping.ts";
import type { TaskPull } from "./task-pull.ts";
import type { JudgedTask } from "./verdicts.ts";

/** Tasks up to which gradients are looked at, one backward pass and one step ahead for each. */
export const mostProbed = 24;

/** Notes of one kind of which there are at most so many. */
const mostNotes = 6;

/** The first of many notes of one kind, and how many more there are. */
export function fewOf(notes: readonly string[]): string[] {
  const more = notes.length - mostNotes;
  return more > 1 ? [...notes.slice(0, mostNotes), `… and ${more} more such notes.`] : [...notes];
}

/** Tasks whose metric has no value in some folds, as where a class is rarer than the folds are many. */
export function unmeasured(
  tasks: readonly JudgedTask[],
  folds: number,
  reference: string,
): string[] {
  return tasks.flatMap(({ name, metric, scores }) => {
    const { measured } = scores[reference];
    if (measured === folds) return [];
    return [
      `${name}: ${metric} has a value in ${measured} of ${folds} folds; in the others its labels were too few or of one class, or a fit failed.`,
    ];
  });
}

/** Groups by affinity; what is smaller than its own error says nothing for or against. */
export function groupsOf({ tasks, help, helpError }: TaskPull): string[][] {
  const sure = help.map((row, i) =>
    row.map((value, j) =>
      i === j || value === null || Math.abs(value) <= (helpError[i][j] ?? 0) ? 0 : value,
    ),
  );
  return proposeGroups(sure).map((group) => group.map((t) => tasks[t]));
}

/** Tasks that no row has labels of together can share, but must do so through different rows. */
export async function noteOverlap(
  specs: ResolvedSpecs,
  table: Awaited<ReturnType<typeof readColumns>>,
  note: (message: string) => void,
): Promise<void> {
  const labelled = specs.tasks.map(({ name, column }) => {
    const found = table.columns.get(column);
    if (!found) throw new DataError("DATA_SCHEMA", `tasks.${name}: a column; ${column} is none`);
    return { name, found };
  });
  let both = 0;
  for (let row = 0; row < table.rows; row++) {
    if (labelled.filter(({ found }) => !isMissing(found, row)).length > 1) both++;
  }
  if (both === 0)
    note(
      "No row has labels of two tasks: the tasks meet only in the inputs, and their gradients come from different rows of a batch.",
    );
}
