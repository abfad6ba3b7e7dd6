import type { RowArray } from "../data/rows.ts";
import { resolveSides } from "../tasks/objective.ts";
import type { ProblemInput, ProblemTask } from "./problem.ts";

/**
 * Rows in which both sides of a task that compares inputs are there, as 1 and 0; undefined for tasks with
 * labels of their own.
 * @param present the encoded presence of each input, by name.
 */
export function wholeRows(
  { name, kind, options }: ProblemTask,
  inputs: readonly ProblemInput[],
  present: (input: string) => RowArray,
): Uint8Array | undefined {
  if (!kind.objective) return undefined;
  const names = inputs.map((input) => input.name);
  const sides = resolveSides(name, kind.objective.sides(options), names).map((side) =>
    side.inputs.map(present),
  );
  return Uint8Array.from(sides[0][0], (_, row) =>
    sides.every((side) => side.some((one) => one[row] > 0)) ? 1 : 0,
  );
}
