/** What tasks choose after fitting, from predictions of validation rows. */
import type { LearnedTask } from "../train/encode.ts";
import type { TrainEvent } from "../train/events.ts";
import type { Part } from "../train/problem.ts";
import type { PartResult } from "./fit.ts";
import type { ReportedTask } from "./routes.ts";

/**
 * The tasks with states that are settled on a part's outputs. Those of a group have one state, settled on the rows of
 * them all. Without validation rows, or without a label among them, states stay as they were learned.
 * @param reported the tasks as they were declared, whose outputs and labels the part has as well.
 */
export function settleTasks(
  tasks: readonly LearnedTask[],
  reported: readonly ReportedTask[],
  part: Part | undefined,
  outputs: PartResult["outputs"] | undefined,
): LearnedTask[] {
  if (part === undefined || outputs === undefined) return [...tasks];
  const states = new Map<string, unknown>();
  for (const { name, kind, options, state } of reported) {
    if (kind.settles?.(options) === undefined) continue;
    const settled = kind.settle?.(
      options,
      state,
      part.truth[name],
      outputs[name],
      part.rowWeights?.(),
    );
    states.set(name, settled);
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
