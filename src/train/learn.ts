import { DataError } from "../core/errors.ts";
import { columnOf, countMissing } from "../data/columns.ts";
import type { Rows } from "../data/row-set.ts";
import type { Learning, Modality } from "../modalities/modality.ts";
import type { AnsweredInput } from "../tasks/answers.ts";
import type { LabelLearning, TaskKind } from "../tasks/task.ts";
import { ofAllInputs, type ProblemReceiver } from "./all-inputs.ts";
import { learnCells } from "./cell-answers.ts";
import { type InputSource, inputCells, sourceColumns } from "./input-cells.ts";
import { namingRows, numbered, type TableBatches } from "./numbered-batches.ts";
import type { ProblemInput, ProblemTask, TaskGroup } from "./problem.ts";

/** An input before anything is learned: which column, read how. */
export interface InputSpec {
  readonly name: string;
  /** The table's column; the input's name where absent. */
  readonly column?: string;
  /** Where one cell is made of several columns, in their order; `column` is then the input's name. */
  readonly columns?: readonly string[];
  readonly modality: Modality;
  readonly options: unknown;
}

/** A task before anything is learned. */
export interface TaskSpec {
  readonly name: string;
  /** The table's column; the task's name where absent. */
  readonly column?: string;
  readonly kind: TaskKind;
  readonly options: unknown;
  readonly weight: number;
  /** Where it is one of several that share what is learned from their labels. */
  readonly group?: TaskGroup;
}

export interface EncodeOptions {
  /** Numbers of the rows to use, ascending; all by default. */
  readonly rows?: Rows;
  /** Cells that could not be read count as missing and are told to this. */
  readonly onProblem?: ProblemReceiver;
}

/** Columns that inputs and tasks read, each once. */
export function columnsOf(
  inputs: readonly InputSource[],
  tasks: readonly {
    readonly name: string;
    readonly column?: string;
    readonly group?: TaskGroup;
  }[] = [],
): string[] {
  const own = [...inputs.flatMap(sourceColumns), ...tasks.map((spec) => spec.column ?? spec.name)];
  return [...new Set([...own, ...tasks.flatMap((task) => task.group?.column ?? [])])];
}

/**
 * Learns what inputs and tasks need from training rows, in one pass over the batches: vocabularies,
 * means, classes.
 * @throws DataError DATA_SCHEMA for a column that is not there, TASK_INVALID for unusable labels.
 */
export async function learnStates(
  batches: TableBatches,
  inputs: readonly InputSpec[],
  tasks: readonly TaskSpec[],
  options: EncodeOptions = {},
): Promise<{ readonly inputs: LearnedInput[]; readonly tasks: LearnedTask[] }> {
  const labelled = new Set<string>();
  const inputLearning = inputs.map((i): Learning<unknown> => i.modality.learn(i.options, i.name));
  const learners = learnersOf(tasks);
  const cells = learnCells(tasks, inputs);
  for await (const batch of numbered(batches, options.rows)) {
    await ofAllInputs(batch, inputs, options.onProblem, async (spec, context, i) => {
      const column = inputCells(batch.table, spec, context);
      await inputLearning[i].add(column, context);
      const quiet = { ...context, problem() {} };
      for (const one of cells) await one.inputs.get(spec.name)?.add(column, quiet);
    });
    for (const { spec, column: name, learning } of learners.values()) {
      namingRows(
        batch,
        columnOf(batch.table, name),
        (labels, first) => learning.add(labels, first),
        (label, row) => spec.kind.learn(spec.options, spec.name).add(label, row),
      );
    }
    for (const spec of tasks) {
      if (!spec.group || labelled.has(spec.name)) continue;
      const column = columnOf(batch.table, spec.column ?? spec.name);
      if (countMissing(column) < column.length) labelled.add(spec.name);
    }
  }
  const empty = tasks.find((t) => t.group && !labelled.has(t.name));
  if (empty) {
    throw new DataError(
      "TASK_INVALID",
      `task ${empty.name}: labels in the training rows of ${empty.group?.by} ${empty.group?.value}; got none`,
    );
  }
  const states = new Map([...learners].map(([key, { learning }]) => [key, learning.finish()]));
  const answered = new Map(cells.map((one) => [one.task, one.finish()]));
  return {
    inputs: inputs.map((spec, i) => ({
      ...spec,
      column: spec.column ?? spec.name,
      state: inputLearning[i].finish(),
    })),
    tasks: tasks.map((spec) => ({
      ...spec,
      column: spec.column ?? spec.name,
      state: settled(spec, states.get(learnerKey(spec)), answered.get(spec.name)),
    })),
  };
}

/** The state of a task with what was learned of the cells that it predicts, where it does. */
function settled(
  { kind }: TaskSpec,
  state: unknown,
  answered: readonly AnsweredInput[] | undefined,
): unknown {
  return answered ? kind.objective?.answers?.settle(state, answered) : state;
}

interface TaskLearner {
  readonly spec: TaskSpec;
  readonly column: string;
  readonly learning: LabelLearning<unknown>;
}

function learnerKey({ name, group }: TaskSpec): string {
  return JSON.stringify(group ? { group: group.task } : { name });
}

/** What learns from labels: one for each task, and one for all tasks of a group. */
function learnersOf(tasks: readonly TaskSpec[]): ReadonlyMap<string, TaskLearner> {
  const learners = new Map<string, TaskLearner>();
  for (const spec of tasks) {
    const key = learnerKey(spec);
    if (learners.has(key)) continue;
    const { group } = spec;
    const learning = spec.kind.learn(spec.options, group?.task ?? spec.name);
    learners.set(key, { spec, column: group?.column ?? spec.column ?? spec.name, learning });
  }
  return learners;
}

/** An input with what was learned, and the column it reads. */
export interface LearnedInput extends ProblemInput {
  readonly column: string;
  /** Where one cell is made of several columns, in their order; `column` is then the input's name. */
  readonly columns?: readonly string[];
}

/** A task with what was learned, and the column it reads. */
export interface LearnedTask extends ProblemTask {
  readonly column: string;
}
