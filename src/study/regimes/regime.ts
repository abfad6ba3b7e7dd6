/** The contract of a regime: one way to learn the tasks of an experiment. `regimes.ts` is the table. */
import type { Family } from "../../learners/learner.ts";
import type { FitSpec } from "../fit-spec.ts";

/** A fit of a regime, wherever it takes place. */
export type RegimeFit = Pick<FitSpec, "tasks" | "pretrain">;

export interface Regime {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  /** Why it makes no sense for a family and so many tasks; undefined where it does. */
  refuses?(family: Family, tasks: number): string | undefined;
  /** Why so many tasks make it too dear to run unasked; undefined where they do not. */
  costs?(tasks: number): string | undefined;
  /** The fits behind its predictions; each task is among the `tasks` of exactly one. */
  fits?(tasks: readonly string[], groups: readonly (readonly string[])[]): readonly RegimeFit[];
  /** Regimes whose predictions it averages, in the place of fits of its own. */
  readonly blends?: readonly string[];
  /** Whether the two regimes' parts are chosen on held-out predictions of other folds, instead of halves. */
  readonly stacks?: boolean;
  /** Whether it waits for the groups that the other regimes' gradients propose. */
  readonly needsGroups?: boolean;
}
