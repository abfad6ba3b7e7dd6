import { evaluateScored, type ScoredRows } from "../tasks/scored.ts";
import type { Evaluation } from "../tasks/task.ts";
import type { RawPredictor } from "../train/evaluation.ts";
import type { LearnedTask } from "../train/learn.ts";
import type { Linker } from "../train/link.ts";
import type { Part } from "../train/problem.ts";
import { type ScoredPart, scorePart } from "../train/scored-part.ts";
import { isRouted, type PartName, type PlacedRows } from "./placed-rows.ts";
import { reportedTasks, routeRaw } from "./routes.ts";
import { settleTasks } from "./settle.ts";

/** Scores of a family on one part, and the rows that were scored, a task. */
export interface PartResult {
  readonly evaluations: Readonly<Record<string, Evaluation>>;
  readonly scored: Readonly<Record<string, ScoredRows>>;
}

/**
 * Predicts the rows of parts with a fitted family, settles the tasks on validation rows, and scores.
 * @param keep is given what was scored once it has been evaluated.
 * @returns the scores, and the tasks as they were settled.
 */
export async function scoreParts(
  predictor: RawPredictor,
  linker: Linker,
  tasks: readonly LearnedTask[],
  parts: Readonly<Partial<Record<PartName, Part>>>,
  placed: Partial<Record<PartName, PlacedRows>>,
  keep: (part: ScoredPart) => void,
): Promise<{
  readonly results: Partial<Record<PartName, PartResult>>;
  readonly tasks: LearnedTask[];
}> {
  const reported = reportedTasks(tasks);
  const routed = reported.filter(isRouted);
  const all = [...tasks, ...routed];
  const scored: Partial<Record<PartName, ScoredPart>> = {};
  try {
    for (const [name, part] of Object.entries(parts) as [PartName, Part | undefined][]) {
      if (!part) continue;
      scored[name] = await scorePart(part, all, async (rows) => {
        const raw = await predictor.predict(part.store, rows);
        for (const task of routed) {
          const { places } = (placed[name] as PlacedRows)[task.name];
          raw[task.name] = routeRaw(task, raw, places.subarray(rows[0], rows[0] + rows.length));
        }
        return linker.link(raw, rows.length);
      });
    }
    const settled = settleTasks(tasks, reported, scored.validation?.tasks);
    const measured = [...settled, ...reportedTasks(settled).filter(isRouted)];
    const results: Partial<Record<PartName, PartResult>> = {};
    for (const [name, part] of Object.entries(scored) as [PartName, ScoredPart][]) {
      const evaluations = Object.fromEntries(
        measured.map((task) => [task.name, evaluateScored(task, part.tasks[task.name])]),
      );
      results[name] = { evaluations, scored: part.tasks };
    }
    return { results, tasks: settled };
  } finally {
    for (const part of Object.values(scored)) keep(part);
  }
}
