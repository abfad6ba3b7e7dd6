import type { Evaluation, Outputs, TaskKind } from "../tasks/task.ts";
import { taskKinds } from "../tasks/tasks.ts";

/** A task's predictions for the held-out rows of a fold, with what it takes to score them. */
export interface HeldOutTask {
  readonly kind: string;
  readonly state: unknown;
  readonly truth: Float64Array;
  readonly outputs: Outputs;
}

/** The tasks of a fit. */
export type HeldOut = Readonly<Record<string, HeldOutTask>>;

/** Parts that are tried when two predictions are mixed. */
const parts = Array.from({ length: 11 }, (_, i) => i / 10);

/**
 * Averages predictions output by output and scores the result.
 * @param others the same two models in other folds: their parts are those that score best there; halves
 *   where there is none.
 */
export function scoreBlend(
  models: readonly HeldOutTask[],
  others: readonly (readonly HeldOutTask[])[] | undefined,
): Evaluation {
  const second = others?.length && models.length === 2 ? bestPart(others) : undefined;
  return evaluate(
    models[0],
    mix(
      models.map((m) => m.outputs),
      second === undefined ? models.map(() => 1 / models.length) : [1 - second, second],
    ),
  );
}

/** The part of the second model that scores best over some folds; of equals the nearest to a half. */
function bestPart(folds: readonly (readonly HeldOutTask[])[]): number {
  const kind = kindOf(folds[0][0]);
  const sign = kind.direction(kind.primary) === "higher" ? 1 : -1;
  let best = { part: 0.5, score: Number.NEGATIVE_INFINITY };
  for (const part of [...parts].sort((a, b) => Math.abs(a - 0.5) - Math.abs(b - 0.5))) {
    const scores = folds
      .map(([a, b]) => evaluate(a, mix([a.outputs, b.outputs], [1 - part, part])))
      .map(({ metrics }) => sign * metrics[kind.primary])
      .filter((value) => Number.isFinite(value));
    const score = scores.reduce((x, y) => x + y, 0) / scores.length;
    if (score > best.score) best = { part, score };
  }
  return best.part;
}

function mix(outputs: readonly Outputs[], weights: readonly number[]): Outputs {
  return Object.fromEntries(
    Object.entries(outputs[0]).map(([name, values]) => {
      const mean = new Float64Array(values.length);
      outputs.forEach((one, k) => {
        const list = one[name] as Float32Array;
        for (let i = 0; i < mean.length; i++) mean[i] += weights[k] * list[i];
      });
      return [name, mean];
    }),
  );
}

function evaluate(task: HeldOutTask, outputs: Outputs): Evaluation {
  return kindOf(task).evaluate(task.state, task.truth, outputs);
}

function kindOf({ kind }: HeldOutTask): TaskKind {
  return taskKinds[kind as keyof typeof taskKinds] as TaskKind;
}
