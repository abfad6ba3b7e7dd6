/** Tasks by the values of a column as the one task that was declared: its metrics over the rows of all of them. */
import { numbersOf } from "../tasks/outputs.ts";
import type { Evaluation, Outputs } from "../tasks/task.ts";
import type { ProblemTask, TaskGroup } from "./problem.ts";

/** The tasks of each declared name that became one a value, by that name. */
export function tasksByName<Task extends { readonly group?: TaskGroup }>(
  tasks: readonly Task[],
): Map<string, Task[]> {
  const found = new Map<string, Task[]>();
  for (const task of tasks) {
    if (task.group === undefined) continue;
    found.set(task.group.task, [...(found.get(task.group.task) ?? []), task]);
  }
  return found;
}

/**
 * Metrics of the tasks of all values together: each row's label beside what the task of its value says. Rows
 * of values without a task are left out.
 */
export function evaluatePooled(
  members: readonly ProblemTask[],
  truth: Readonly<Record<string, Float64Array>>,
  outputs: Readonly<Record<string, Outputs>>,
  rows: number,
  weights?: Float64Array,
): Evaluation {
  const [{ kind, state, name: first }] = members;
  const labels = truth[first].slice();
  const width = labels.length / rows;
  const whole = Object.fromEntries(
    Object.keys(outputs[first]).map((output) => [
      output,
      numbersOf(outputs[first], output).slice(),
    ]),
  );
  for (const { name } of members.slice(1)) {
    const own = truth[name];
    for (let row = 0; row < rows; row++) {
      if (!isLabelled(own, row, width)) continue;
      copyRow(own, labels, row, width);
      for (const [output, values] of Object.entries(whole))
        copyRow(numbersOf(outputs[name], output), values, row, values.length / rows);
    }
  }
  return kind.evaluate(state, labels, whole, weights);
}

function isLabelled(truth: Float64Array, row: number, width: number): boolean {
  for (let i = row * width; i < (row + 1) * width; i++) if (!Number.isNaN(truth[i])) return true;
  return false;
}

type Numbers = Float32Array | Float64Array;

function copyRow(from: Numbers, to: Numbers, row: number, width: number): void {
  for (let i = row * width; i < (row + 1) * width; i++) to[i] = from[i];
}
