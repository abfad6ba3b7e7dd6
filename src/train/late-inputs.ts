import { type Views, viewOf } from "../modalities/views.ts";
import { resolveSides } from "../tasks/objective.ts";
import type { ProblemInput, ProblemTask } from "./problem.ts";

/**
 * The inputs of a plan that are encoded while rows are in use: those that can, but for those that a task compares,
 * as which rows have both sides decides what is learned of them.
 */
export function lateInputs<Input extends ProblemInput>(plan: {
  readonly inputs: readonly Input[];
  readonly tasks: readonly ProblemTask[];
  readonly view: Views;
  readonly arriving?: boolean;
}): Input[] {
  const { inputs, tasks, view, arriving } = plan;
  if (!arriving) return [];
  const names = inputs.map((input) => input.name);
  const compared = tasks.flatMap(({ name, kind, options }) =>
    kind.objective
      ? resolveSides(name, kind.objective.sides(options), names).flatMap((side) => side.inputs)
      : [],
  );
  return inputs.filter(
    (input) => viewOf(input, view).arrives?.(input.state) && !compared.includes(input.name),
  );
}
