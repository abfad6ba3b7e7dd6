/** What each task sees: which inputs, and by which fusion they meet. */
import type { Choice } from "../../core/choice.ts";
import { ConfigError, didYouMean, show } from "../../core/errors.ts";
import type { ProblemTask } from "../../train/problem.ts";
import { type NamedTask, namesOf, saidOf } from "../per-task.ts";
import type { NeuralConfig } from "./config.ts";
import { optionsFor } from "./options-for.ts";

/** Tasks that see the same. */
export interface TaskView {
  /** The tasks whose raw outputs are taken from it. */
  readonly takes: readonly string[];
  /** The tasks that share its layers. */
  readonly tasks: readonly ProblemTask[];
  /** Names of the inputs that it sees, the others being as if they were missing; undefined for all. */
  readonly inputs: ReadonlySet<string> | undefined;
  readonly fusion: Choice;
  /** Options for its tasks. */
  readonly options: NeuralConfig;
  /** What sets its fusion, layers and heads apart from those of the other tasks; undefined where it is theirs. */
  readonly apart: string | undefined;
}

/**
 * Groups tasks by what they see. A task that sees some inputs only uses the layers of all tasks, with the
 * other inputs missing; a task with a fusion of its own has layers of its own behind it.
 */
export function viewsOf(tasks: readonly ProblemTask[], config: NeuralConfig): TaskView[] {
  const { perTask, fusion } = config;
  const optionsOf = (some: readonly ProblemTask[]) =>
    some.length === tasks.length
      ? config
      : optionsFor(
          config,
          some.map((t) => ({ name: t.name, kind: t.kind.name, group: t.group })),
        );
  const together = tasks.filter((task) => saidOf(perTask, task)?.fusion === undefined);
  const views = new Map<string, TaskView>();
  for (const task of tasks) {
    const own = saidOf(perTask, task);
    const inputs = own?.inputs && [...own.inputs].sort();
    const whose = Object.hasOwn(perTask, task.name) ? task.name : task.group?.task;
    const apart = own?.fusion && `@${whose}`;
    const key = JSON.stringify([inputs, apart]);
    const known = views.get(key);
    const sharing = apart ? [...(known?.tasks ?? []), task] : together;
    views.set(key, {
      takes: [...(known?.takes ?? []), task.name],
      tasks: sharing,
      options: optionsOf(sharing),
      inputs: inputs && new Set(inputs),
      fusion: own?.fusion ?? fusion,
      apart,
    });
  }
  return [...views.values()];
}

/**
 * Checks what is said of single tasks.
 * @throws ConfigError CONFIG_INVALID for a task or an input that there is not.
 */
export function checkPerTask(
  perTask: NeuralConfig["perTask"],
  tasks: readonly NamedTask[],
  inputs: readonly string[] | undefined,
): void {
  const refuse = (
    path: readonly string[],
    what: string,
    name: string,
    known: readonly string[],
  ) => {
    if (known.includes(name)) return;
    const near = didYouMean(name, known);
    throw new ConfigError(
      "CONFIG_INVALID",
      `${path.join(".")}: the name of ${what} (${known.join(", ")}); got ${show(name)}`,
      { hint: near && `did you mean ${near}?`, details: { path } },
    );
  };
  const names = namesOf(tasks);
  for (const [task, { inputs: seen = [] }] of Object.entries(perTask)) {
    const path = ["learner", "perTask", task];
    refuse(path, "a task", task, names);
    if (inputs) for (const input of seen) refuse([...path, "inputs"], "an input", input, inputs);
  }
}
