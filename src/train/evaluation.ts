import type { RowStore } from "../data/rows.ts";
import { evaluateScored, type ScoredRows } from "../tasks/scored.ts";
import type { Evaluation } from "../tasks/task.ts";
import type { Linker } from "./link.ts";
import type { Part, ProblemTask } from "./problem.ts";
import { scorePart } from "./scored-part.ts";
import type { EpochScores } from "./select.ts";

/** Anything that gives raw outputs for rows of a store. */
export interface RawPredictor {
  predict(store: RowStore, rows: Int32Array): Promise<Record<string, Float32Array>>;
}

/** All rows of a store, in order. */
export function allRows(store: RowStore): Int32Array {
  return Int32Array.from({ length: store.rows }, (_, i) => i);
}

/** Metrics of every task on the labelled rows of a part. */
export async function evaluatePart(
  predictor: RawPredictor,
  linker: Linker,
  tasks: readonly ProblemTask[],
  part: Part,
): Promise<Record<string, Evaluation>> {
  return (await measurePart(predictor, linker, tasks, part)).evaluations;
}

/** Metrics of every task on a part, and the mean loss of its labelled rows (NaN without one). */
export interface PartMeasures {
  readonly evaluations: Readonly<Record<string, Evaluation>>;
  readonly losses: Readonly<Record<string, number>>;
}

/** Metrics and mean losses of every task on the labelled rows of a part. */
export async function measurePart(
  predictor: RawPredictor,
  linker: Linker,
  tasks: readonly ProblemTask[],
  part: Part,
): Promise<PartMeasures> {
  const scored = await scorePart(part, tasks, async (rows) =>
    linker.link(await predictor.predict(part.store, rows), rows.length),
  );
  try {
    const evaluations: Record<string, Evaluation> = {};
    const losses: Record<string, number> = {};
    for (const task of tasks) {
      evaluations[task.name] = evaluateScored(task, scored.tasks[task.name]);
      losses[task.name] = meanLoss(task, scored.tasks[task.name]);
    }
    return { evaluations, losses };
  } finally {
    scored.close();
  }
}

function meanLoss({ kind, state }: ProblemTask, scored: ScoredRows): number {
  let sum = 0;
  let labelled = 0;
  for (const { rows, truth, outputs, weights } of scored.blocks()) {
    for (let row = 0; row < rows; row++) {
      const judged = kind.judge(state, truth, outputs, row);
      if (!judged) continue;
      const weight = weights?.[row] ?? 1;
      if (weight === 0) continue;
      sum += weight * judged.loss;
      labelled += weight;
    }
  }
  return labelled > 0 ? sum / labelled : Number.NaN;
}

/** The primary metrics, turned so that higher is better. */
export function scoresOf(
  tasks: readonly ProblemTask[],
  evaluations: Readonly<Record<string, Evaluation>>,
): EpochScores {
  return tasks.map((t) => {
    const value = evaluations[t.name].metrics[t.kind.primary];
    return t.kind.direction(t.kind.primary) === "higher" ? value : -value;
  });
}
