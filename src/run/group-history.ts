import type { ReportedTask } from "../model/routes.ts";
import { memberName } from "../model/routes.ts";
import type { EpochRecord } from "../train/events.ts";

/** The course of training by declared task: of one that was learned as several, the means over those. */
export function reportedHistory(
  history: readonly EpochRecord[],
  tasks: readonly ReportedTask[],
): readonly EpochRecord[] {
  if (tasks.every((task) => task.route === undefined)) return history;
  return history.map((record) => ({
    ...record,
    tasks: Object.fromEntries(
      tasks.map((task) => {
        if (!task.route) return [task.name, record.tasks[task.name]];
        const members = task.route.values.map((value) => record.tasks[memberName(task, value)]);
        const validation = members.flatMap((m) => (m.validation ? [m.validation] : []));
        const names = [...new Set(validation.flatMap((v) => Object.keys(v)))];
        return [
          task.name,
          {
            loss: mean(members.map((m) => m.loss)),
            weight: members.reduce((sum, m) => sum + m.weight, 0),
            validation:
              validation.length === 0
                ? undefined
                : Object.fromEntries(names.map((n) => [n, mean(validation.map((v) => v[n]))])),
          },
        ];
      }),
    ),
  }));
}

/** The mean of what is a number. */
function mean(values: readonly number[]): number {
  const known = values.filter(Number.isFinite);
  return known.reduce((a, b) => a + b, 0) / known.length;
}
