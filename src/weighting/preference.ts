import { z } from "zod";
import { ConfigError, show } from "../core/errors.ts";
import type { WeighedTasks } from "./weighting.ts";

/** The option of weightings that can be told which tasks matter more. */
export const preference = z
  .array(z.number().positive())
  .min(1)
  .nullable()
  .default(null)
  .describe(
    "How much each task matters, in the order of the tasks; only ratios count. null: all the same.",
  );

/**
 * A preference as numbers that sum to `total`; equal ones where there is none.
 * @throws ConfigError CONFIG_INVALID for one that has not one positive number a task.
 */
export function preferenceOf(
  given: readonly number[] | null | undefined,
  tasks: WeighedTasks,
  total = 1,
): Float64Array {
  const { names } = tasks;
  if (given === undefined || given === null)
    return new Float64Array(names.length).fill(total / names.length);
  if (given.length !== names.length) {
    throw new ConfigError(
      "CONFIG_INVALID",
      `learner.weighting.preference: one number a task (${names.join(", ")}); got ${given.length}`,
      {
        hint: "the numbers are in the order in which the tasks are declared",
        details: { path: ["learner", "weighting", "preference"] },
      },
    );
  }
  given.forEach((value, i) => {
    if (value > 0 && Number.isFinite(value)) return;
    throw new ConfigError(
      "CONFIG_INVALID",
      `learner.weighting.preference: a positive number for task ${names[i]}; got ${show(value)}`,
      { hint: "leave the task out of tasks if it is not to count" },
    );
  });
  const sum = given.reduce((a, b) => a + b, 0);
  return Float64Array.from(given, (p) => (p / sum) * total);
}
