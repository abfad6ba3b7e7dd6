import type { RowStore } from "../data/rows.ts";
import { evaluateScored, type ScoredRows, wholeOf } from "../tasks/scored.ts";
import type { Evaluation } from "../tasks/task.ts";
import type { Linker } from "./link.ts";
import { evaluatePooled, tasksByName } from "./pooled.ts";
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
  /** Over the rows of all values, of the task that is asked for by its declared name. */
  readonly pooled?: Evaluation;
}

/**
 * Metrics and mean losses of every task on the labelled rows of a part.
 * @param declared a task that became one a value, to be measured over the rows of all of them.
 */
export async function measurePart(
  predictor: RawPredictor,
  linker: Linker,
  tasks: readonly ProblemTask[],
  part: Part,
  declared?: string,
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
    const members = declared === undefined ? [] : (tasksByName(tasks).get(declared) ?? []);
    if (members.length === 0) return { evaluations, losses };
    return { evaluations, losses, pooled: pooledOf(members, scored.tasks) };
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

/** The metrics of tasks that became one a value, over the rows of all of them. */
function pooledOf(
  members: readonly ProblemTask[],
  scored: Readonly<Record<string, ScoredRows>>,
): Evaluation {
  const whole = members.map(({ name }) => [name, wholeOf(scored[name])] as const);
  const [[, { rows, weights }]] = whole;
  const truth = Object.fromEntries(whole.map(([name, one]) => [name, one.truth]));
  const outputs = Object.fromEntries(whole.map(([name, one]) => [name, one.outputs]));
  return evaluatePooled(members, truth, outputs, rows, weights);
}

/** The primary metric of a task that became one a value, over the rows of all; higher is better. */
export function pooledScore(
  tasks: readonly ProblemTask[],
  declared: string,
  evaluation: Evaluation | undefined,
): EpochScores {
  const kind = tasks.find((t) => t.group?.task === declared)?.kind;
  const value = kind && evaluation ? evaluation.metrics[kind.primary] : Number.NaN;
  return [kind?.direction(kind.primary) === "higher" ? value : -value];
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
