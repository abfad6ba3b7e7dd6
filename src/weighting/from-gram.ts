import { type Gram, presentGram, spread } from "./gram.ts";
import { forgetful } from "./keep.ts";
import type { StepFacts, WeighedTasks, Weigher } from "./weighting.ts";

export interface GramRule {
  /**
   * Weights of the tasks that are present, from their Gram matrix.
   * `tasks` are their places among all tasks.
   */
  weights(gram: Gram, tasks: readonly number[], facts: StepFacts): Float64Array;
  /**
   * What the gradients of a task's own parameters are multiplied by: the same weights, or one, as in
   * methods that only say how the gradients of shared parameters meet.
   */
  readonly own: "weights" | "one";
  readonly level?: Weigher["level"];
  readonly kept?: Pick<Weigher, "state" | "restore">;
}

/** A weigher whose weights are a function of the Gram matrix of the tasks in the batch. */
export function fromGram({ names }: WeighedTasks, rule: GramRule): Weigher {
  const k = names.length;
  const own = new Float64Array(k);
  return {
    ...(rule.level && { level: rule.level }),
    weights(facts) {
      const { tasks, gram } = presentGram(facts, names);
      own.fill(0);
      for (const i of tasks) own[i] = 1;
      if (tasks.length === 0) return new Float64Array(k);
      const weights = spread(rule.weights(gram, tasks, facts), tasks, k);
      if (rule.own === "weights") own.set(weights);
      return weights;
    },
    own: () => own,
    ...(rule.kept ?? forgetful),
  };
}
