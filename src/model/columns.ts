import type { Outputs, TaskKind } from "../tasks/task.ts";

/** A column of predictions: `<task>.<field>`. */
export interface PredictionColumn {
  readonly name: string;
  /** A number, a boolean or a text; several numbers as JSON. */
  value(row: number): number | boolean | string;
}

/** The results of a task as table columns, one a field of its predictions. */
export function predictionColumns(
  task: { readonly name: string; readonly kind: TaskKind; readonly state: unknown },
  outputs: Outputs,
): PredictionColumn[] {
  // Every column asks for the same row in turn: decode it once.
  let decoded: Record<string, unknown> = {};
  let decodedRow = -1;
  const at = (row: number) => {
    if (row !== decodedRow) {
      decoded = task.kind.decode(task.state, outputs, row) as Record<string, unknown>;
      decodedRow = row;
    }
    return decoded;
  };
  return Object.keys(at(0)).map((field) => ({
    name: `${task.name}.${field}`,
    value: (row) => flat(at(row)[field]),
  }));
}

function flat(value: unknown): number | boolean | string {
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "string")
    return value;
  return JSON.stringify(value);
}
