import { evaluateScored, type ScoredRows } from "../tasks/scored.ts";
import type { Evaluation } from "../tasks/task.ts";
import type { RawPredictor } from "../train/evaluation.ts";
import type { LearnedTask } from "../train/learn.ts";
import type { Linker } from "../train/link.ts";
import type { Part } from "../train/problem.ts";
import { type ScoredPart, scorePart } from "../train/scored-part.ts";
import type { PartName, PlacedRows, Routed } from "./placed-rows.ts";
import { routeRaw } from "./routes.ts";

/** Scores of a family on one part, and the rows that were scored, a task. */
export interface PartResult {
  readonly evaluations: Readonly<Record<string, Evaluation>>;
  readonly scored: Readonly<Record<string, ScoredRows>>;
}

/**
 * Scores the rows of parts with a fitted family.
 * @param keep is given what was scored once it has been evaluated.
 */
export async function scoreParts(
  predictor: RawPredictor,
  linker: Linker,
  tasks: readonly LearnedTask[],
  routed: readonly Routed[],
  parts: Readonly<Partial<Record<PartName, Part>>>,
  placed: Partial<Record<PartName, PlacedRows>>,
  keep: (part: ScoredPart) => void,
): Promise<Partial<Record<PartName, PartResult>>> {
  const results: Partial<Record<PartName, PartResult>> = {};
  for (const [name, part] of Object.entries(parts) as [PartName, Part | undefined][]) {
    if (!part) continue;
    const all = [...tasks, ...routed];
    const scored = await scorePart(part, all, async (rows) => {
      const raw = await predictor.predict(part.store, rows);
      for (const task of routed) {
        const { places } = (placed[name] as PlacedRows)[task.name];
        raw[task.name] = routeRaw(task, raw, places.subarray(rows[0], rows[0] + rows.length));
      }
      return linker.link(raw, rows.length);
    });
    try {
      const evaluations = Object.fromEntries(
        all.map((task) => [task.name, evaluateScored(task, scored.tasks[task.name])]),
      );
      results[name] = { evaluations, scored: scored.tasks };
    } finally {
      keep(scored);
    }
  }
  return results;
}
