import type { RowStore } from "../data/rows.ts";
import type { Evaluation } from "../tasks/task.ts";
import type { Linker } from "./link.ts";
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
  const raw = await predictor.predict(part.store, allRows(part.store));
  const outputs = await linker.link(raw, part.store.rows);
  return Object.fromEntries(
    tasks.map((t) => [t.name, t.kind.evaluate(t.state, part.truth[t.name], outputs[t.name])]),
  );
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
