/** Labels that are cells of inputs: learned and encoded by the inputs' modalities. */
import { answerWidth } from "../core/cell-target.ts";
import { columnOf, isMissing, type Table } from "../data/columns.ts";
import type { EncodeContext, Learning, Modality } from "../modalities/modality.ts";
import type { AnsweredInput } from "../tasks/answers.ts";
import { answersOf } from "../tasks/answers.ts";
import { resolveSides } from "../tasks/objective.ts";
import type { TaskKind } from "../tasks/task.ts";
import { type InputSource, inputCells, sourceColumns } from "./input-cells.ts";

interface Task {
  readonly name: string;
  readonly kind: TaskKind;
  readonly options: unknown;
}

interface Input extends InputSource {
  readonly modality: Modality;
  readonly options: unknown;
}

/** Learns the cells that a task predicts, as rows of its inputs come. */
export interface CellLearning {
  readonly task: string;
  /** What learns of each input, by name. */
  readonly inputs: ReadonlyMap<string, Learning<AnsweredInput["target"]>>;
  finish(): readonly AnsweredInput[];
}

/** What learns the cells that tasks predict; tasks with labels of their own have none. */
export function learnCells(tasks: readonly Task[], inputs: readonly Input[]): CellLearning[] {
  const names = inputs.map((input) => input.name);
  return tasks.flatMap(({ name, kind, options }): CellLearning[] => {
    const how = answersOf({ kind, options });
    // Folds ask for tasks alone, to see whether their labels can be learned.
    if (!how || !kind.objective || inputs.length === 0) return [];
    const [, side] = resolveSides(name, kind.objective.sides(options), names);
    const learning = new Map(
      side.inputs.map((one) => {
        const { modality, options: given } = inputs[names.indexOf(one)];
        return [one, modality.target.learn(given, how, one)] as const;
      }),
    );
    return [
      {
        task: name,
        inputs: learning,
        finish: () => [...learning].map(([input, one]) => ({ input, target: one.finish() })),
      },
    ];
  });
}

/**
 * The numbers of the cells that a task predicts, `[rows, labelWidth]`, NaN where they or the cells that they are
 * predicted from are missing; undefined for a task with labels of its own. Cells that cannot be read count as missing: the input tells of them.
 */
export async function cellTruth(
  task: Task & { readonly state: unknown },
  inputs: readonly Input[],
  table: Table,
  context: Omit<EncodeContext, "problem">,
): Promise<Float64Array | undefined> {
  const { objective } = task.kind;
  const { answers } = objective ?? {};
  if (!objective || !answers?.how(task.options)) return undefined;
  const width = task.kind.labelWidth(task.state);
  const truth = new Float64Array(table.rows * width);
  let at = 0;
  for (const { input, target } of answers.inputs(task.state)) {
    const size = answerWidth(target);
    const numbers = new Float64Array(table.rows * size).fill(Number.NaN);
    const own = inputs.find((i) => i.name === input) as Input;
    const { modality } = own;
    const quiet = { ...context, problem() {} };
    await modality.target.encode(target, inputCells(table, own, quiet), numbers, quiet);
    for (let row = 0; row < table.rows; row++)
      truth.set(numbers.subarray(row * size, (row + 1) * size), row * width + at);
    at += size;
  }
  const names = inputs.map((i) => i.name);
  const [from] = resolveSides(task.name, objective.sides(task.options), names);
  const asked = from.inputs.flatMap((one) =>
    sourceColumns(inputs[names.indexOf(one)]).map((column) => columnOf(table, column)),
  );
  for (let row = 0; row < table.rows; row++) {
    if (asked.every((column) => isMissing(column, row)))
      truth.fill(Number.NaN, row * width, (row + 1) * width);
  }
  return truth;
}
