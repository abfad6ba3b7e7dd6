/** What a fit can be done with, but whoever runs it should know of the tasks. */
import type { ResolvedSpecs } from "./specs.ts";

/** Labels of a task below which what is learned from them says little. */
const fewLabels = 10;

/** Weightings that take the tasks' losses as they come. */
const plain: readonly string[] = ["equal", "fixed"];

/**
 * Warnings about tasks with few labels, and about options for several tasks where there is one.
 * @param labelled labels in the training rows, a task.
 */
export function taskWarnings(
  tasks: ResolvedSpecs["tasks"],
  labelled: Readonly<Record<string, number>>,
  learner: { readonly type: string },
): string[] {
  const { weighting, sharing } = learner as {
    readonly weighting?: { readonly type: string };
    readonly sharing?: { readonly type: string };
  };
  const warnings = tasks
    // Values of a column learn from each other's labels, tasks that compare inputs from none.
    .filter(({ group, kind }) => group === undefined && !kind.objective)
    .filter(({ name }) => (labelled[name] ?? fewLabels) < fewLabels)
    .map(
      ({ name }) =>
        `task ${name}: ${labelled[name]} labels in the training rows; with fewer than ${fewLabels}, scores are mostly chance`,
    );
  if (tasks.length > 1) return warnings;
  if (weighting !== undefined && !plain.includes(weighting.type))
    warnings.push(
      `learner.weighting: ${weighting.type} weighs tasks against each other; with a single task it changes nothing or only the step's length`,
    );
  if (sharing !== undefined && sharing.type !== "hard")
    warnings.push(
      `learner.sharing: ${sharing.type} shares between tasks; with a single task it only makes the model larger`,
    );
  return warnings;
}
