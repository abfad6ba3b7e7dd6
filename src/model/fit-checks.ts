import { ConfigError, DataError } from "../core/errors.ts";
import type { Family } from "../learners/learner.ts";
import type { Part } from "../train/problem.ts";
import type { FitRequest } from "./fit.ts";

/** @throws ConfigError for a family that cannot do what is asked. */
export function checkAbilities(
  family: Family,
  { specs, cache }: Pick<FitRequest, "specs" | "cache">,
): void {
  const refuse = (what: string, hint?: string): never => {
    throw new ConfigError("CONFIG_INVALID", `learner ${family.name}: ${what}`, { hint });
  };
  const { can } = family;
  for (const task of specs.tasks) {
    if (can.tasks !== "all" && !can.tasks.includes(task.kind.name))
      refuse(`tasks of type ${can.tasks.join(", ")}; ${task.name} is ${task.kind.name}`);
    if (task.kind.objective && !can.objectives)
      refuse(
        `tasks with labels; ${task.name} is ${task.kind.name}, which compares inputs`,
        "such tasks need the family neural, with encoders that learn",
      );
  }
  for (const input of specs.inputs) {
    if (can.modalities !== "all" && !can.modalities.includes(input.modality.name))
      refuse(
        `inputs of type ${can.modalities.join(", ")}; ${input.name} is ${input.modality.name}`,
      );
  }
  if (cache !== undefined && !can.streaming)
    refuse(
      "rows in memory; a memory limit was set",
      "drop the memory limit or choose a family that streams",
    );
}

/** @throws DataError DATA_VALUE where all labelled training rows of a task weigh nothing. */
export function checkRowWeights(
  part: Part | undefined,
  request: Pick<FitRequest, "weightColumn" | "stream" | "specs">,
): void {
  const { weightColumn, stream, specs } = request;
  for (const [task, weight] of Object.entries(part?.weight ?? {})) {
    if (weight > 0) continue;
    const { kind, options } = specs.tasks.find((t) => t.name === task) ?? {};
    if (kind?.objective && (part?.labelled?.[task] ?? 0) === 0) {
      throw new DataError(
        "TASK_INVALID",
        `task ${task}: training rows with both ${kind.objective.sides(options).join(" and ")}; got none`,
        {
          hint: "each input may be missing in some rows, but not one of them in all",
          details: { task },
        },
      );
    }
    throw new DataError(
      "DATA_VALUE",
      `${stream.origin}, column ${weightColumn}: a row weight above 0 for task ${task}; all its labelled training rows have 0`,
    );
  }
}
