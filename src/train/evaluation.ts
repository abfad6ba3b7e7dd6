import type { RowStore } from "../data/rows.ts";
import type { Evaluation } from "../tasks/task.ts";
import type { Linker } from "./link.ts";
import { evaluatePooled, tasksByName } from "./pooled.ts";
import type { Part, ProblemTask } from "./problem.ts";
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
  const { rows } = part.store;
  const outputs = await linker.link(await predictor.predict(part.store, allRows(part.store)), rows);
  const evaluations: Record<string, Evaluation> = {};
  const losses: Record<string, number> = {};
  for (const { name, kind, state } of tasks) {
    const truth = part.truth[name];
    const weights = part.rowWeights?.();
    evaluations[name] = kind.evaluate(state, truth, outputs[name], weights);
    let sum = 0;
    let labelled = 0;
    for (let row = 0; row < rows; row++) {
      const judged = kind.judge(state, truth, outputs[name], row);
      if (!judged) continue;
      const weight = weights?.[row] ?? 1;
      if (weight === 0) continue;
      sum += weight * judged.loss;
      labelled += weight;
    }
    losses[name] = labelled > 0 ? sum / labelled : Number.NaN;
  }
  const members = declared === undefined ? [] : (tasksByName(tasks).get(declared) ?? []);
  if (members.length === 0) return { evaluations, losses };
  const weights = part.rowWeights?.();
  return {
    evaluations,
    losses,
    pooled: evaluatePooled(members, part.truth, outputs, rows, weights),
  };
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
