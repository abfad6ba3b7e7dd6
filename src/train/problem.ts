/** A learning problem as families and training see it: encoded rows, and what the numbers mean. */
import type { RowStore } from "../data/rows.ts";
import type { ScratchFolder } from "../data/scratch-folder.ts";
import type { Modality } from "../modalities/modality.ts";
import type { TaskKind } from "../tasks/task.ts";

export interface ProblemInput {
  readonly name: string;
  readonly modality: Modality;
  readonly state: unknown;
  readonly options: unknown;
}

/** What a task has in common with others that one declared task became, one for each value of a column. */
export interface TaskGroup {
  /** The declared task. */
  readonly task: string;
  /** The column of all its labels. */
  readonly column: string;
  /** The column of the values, how it spells them, and the value whose rows are this task's. */
  readonly by: string;
  readonly source: "string" | "number" | "boolean";
  readonly value: string;
}

export interface ProblemTask {
  readonly name: string;
  /** Tasks of a group have one state, learned from the labels of them all. */
  readonly group?: TaskGroup;
  readonly kind: TaskKind;
  readonly state: unknown;
  readonly options: unknown;
  /** λ in (0, 1). */
  readonly weight: number;
}

/** Encoded rows of one part of the data, with what the metrics compare against. */
export interface Part {
  /** Entries `<input>.<feed>`, `<input>.present`, `<task>.label`, `<task>.weight`. */
  readonly store: RowStore;
  /**
   * Labels in the user's units a task: `[rows, labelWidth]`, NaN = missing. Where rows are kept in files
   * an entry is read when it is asked for: whoever loops over one takes it once.
   */
  readonly truth: Readonly<Record<string, Float64Array>>;
  /** Rows with a label a task, where they were counted. */
  readonly labelled?: Readonly<Record<string, number>>;
  /** What each row counts in metrics, where a column gives weights; read when asked for, as labels are. */
  rowWeights?(): Float64Array;
  /** Where rows are kept in files: what reads and writes some of them, so that nothing is held for each. */
  readonly filed?: FiledRows;
  /** Sum of the weights of labelled rows a task, where it was taken. */
  readonly weight?: Readonly<Record<string, number>>;
}

/** Rows of a part that are too many to hold. */
export interface FiledRows {
  /** Labels of a task for `count` rows from `first` on: `[count, labelWidth]`, in `into` where it is given. */
  truth(task: string, first: number, count: number, into?: Float64Array): Float64Array;
  /** What those rows count in metrics, where a column gives weights. */
  weights?(first: number, count: number, into?: Float64Array): Float64Array;
  /** Space for what is computed of the rows. */
  readonly scratch: ScratchFolder;
}

export interface Problem {
  readonly inputs: readonly ProblemInput[];
  readonly tasks: readonly ProblemTask[];
  readonly train: Part;
  /** Rows for early stopping and model selection; never test rows. */
  readonly validation: Part | undefined;
  readonly seed: number;
}
