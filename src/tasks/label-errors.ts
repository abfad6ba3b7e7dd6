import { countRows, DataError, show } from "../core/errors.ts";

/** Where labels are read: which task, and whether it is learning from them or being measured. */
export interface LabelPlace {
  readonly task: string;
  readonly code: "TASK_INVALID" | "DATA_VALUE";
  /** The number of the column's first row in its source, from 0. */
  readonly firstRow: number;
}

/** The error for labels that a task cannot be learned from. */
export function taskError(task: string, message: string, hint?: string): DataError {
  return new DataError("TASK_INVALID", `task ${show(task)}: ${message}`, {
    hint,
    details: { task },
  });
}

/** The error for a task whose training rows have no label. */
export function noLabels(task: string, missing: number): DataError {
  return taskError(
    task,
    `labels in the training rows; got none in ${countRows(missing)}`,
    "is it the right column, and does the split leave labelled rows for training?",
  );
}

/** The error for a label that its row cannot have. */
export function labelError(
  place: LabelPlace,
  row: number,
  expected: string,
  came: unknown,
  hint?: string,
): DataError {
  const number = place.firstRow + row + 1;
  const text = typeof came === "number" ? String(came) : show(came);
  return new DataError(
    place.code,
    `task ${show(place.task)}, row ${number}: ${expected}; got ${text}`,
    { hint, details: { task: place.task, row: number } },
  );
}

/** The error for a column that is stored as something a task cannot read. */
export function storageError(task: string, expected: string, storage: string): DataError {
  return new DataError(
    "DATA_SCHEMA",
    `task ${show(task)}: ${expected}; got a column of ${storage} cells`,
    { details: { task } },
  );
}

/** Labels below which a task is reported as having few. */
const fewLabels = 10;

/** How many labels there are, and a warning where they are few. */
export function labelFacts(labelled: number, missing: number): Readonly<Record<string, unknown>> {
  if (labelled >= fewLabels) return { labelled, missing };
  return { labelled, missing, warning: `only ${labelled} labelled training rows` };
}
