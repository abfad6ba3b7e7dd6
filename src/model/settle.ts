/** What tasks choose after fitting, from predictions of validation rows. */
import { type ScoredRows, wholeOf } from "../tasks/scored.ts";
import type { TrainEvent } from "../train/events.ts";
import type { LearnedTask } from "../train/learn.ts";
import type { Part } from "../train/problem.ts";
import type { ReportedTask } from "./routes.ts";

/**
 * The tasks with states that are settled on scored validation rows. Those of a group have one state, settled on the
 * rows of them all. Without such rows, or without a label among them, states stay as they were learned.
 * @param reported the tasks as they were declared, which were scored as well.
 */
export function settleTasks(
  tasks: readonly LearnedTask[],
  reported: readonly ReportedTask[],
  scored: Readonly<Record<string, ScoredRows>> | undefined,
): LearnedTask[] {
  if (scored === undefined) return [...tasks];
  const states = new Map<string, unknown>();
  for (const { name, kind, options, state } of reported) {
    if (kind.settles?.(options) === undefined) continue;
    const { truth, outputs, weights } = wholeOf(scored[name]);
    states.set(name, kind.settle?.(options, state, truth, outputs, weights));
  }
  return tasks.map((task) => {
    const name = task.group?.task ?? task.name;
    return states.has(name) ? { ...task, state: states.get(name) } : task;
  });
}

/** Says which options cannot be settled for want of validation rows. */
export function tellUnsettled(
  reported: readonly ReportedTask[],
  part: Part | undefined,
  onEvent: ((event: TrainEvent) => void) | undefined,
): void {
  if (part !== undefined) return;
  for (const { name, kind, options } of reported) {
    const option = kind.settles?.(options);
    if (option === undefined) continue;
    onEvent?.({
      type: "warning",
      message: `tasks.${name}.${option}: auto is chosen on validation rows; there are none, so the usual value stays`,
    });
  }
}
