import { DataError } from "../core/errors.ts";
import { type Column, columnOf, countMissing, isMissing, type Table } from "../data/columns.ts";
import { type LabelField, type LabelWriter, memoryLabelWriter } from "../data/label-file.ts";
import type { Rows } from "../data/row-set.ts";
import {
  allocateBatch,
  memoryRowWriter,
  type RowArray,
  type RowLayout,
  type RowStore,
  type RowStoreWriter,
} from "../data/rows.ts";
import type { ScratchFolder } from "../data/scratch-folder.ts";
import type { Learning, Modality } from "../modalities/modality.ts";
import { type Views, viewOf } from "../modalities/views.ts";
import type { AnsweredInput } from "../tasks/answers.ts";
import { hasLabel } from "../tasks/has-label.ts";
import type { LabelLearning, TaskKind } from "../tasks/task.ts";
import { ofAllInputs, type ProblemReceiver } from "./all-inputs.ts";
import { cellTruth, learnCells } from "./cell-answers.ts";
import { type InputSource, inputCells, sourceColumns } from "./input-cells.ts";
import {
  type NumberedBatch,
  namingRows,
  numbered,
  RowPicker,
  type TableBatches,
} from "./numbered-batches.ts";
import type { FiledRows, Part, ProblemInput, ProblemTask, TaskGroup } from "./problem.ts";
import { wholeRows } from "./whole-rows.ts";

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

export interface EncodePlan {
  readonly inputs: readonly LearnedInput[];
  /** None where there are no labels, as for prediction. */
  readonly tasks: readonly LearnedTask[];
  readonly view: Views;
  /** A number column whose values multiply every task's weight; a missing value counts 0. */
  readonly weightColumn?: string;
}

/** The entries of encoded rows: `<input>.<feed>`, `<input>.present`, `<task>.label`, `<task>.weight`. */
export function rowLayout({ inputs, tasks, view }: EncodePlan): RowLayout {
  return [
    ...inputs.flatMap((input) => [
      ...viewOf(input, view)
        .feeds(input.state)
        .map(({ name, dtype, shape }) => ({
          name: `${input.name}.${name}`,
          dtype,
          width: shape.reduce((product, size) => product * size, 1),
        })),
      { name: `${input.name}.present`, dtype: "float32" as const, width: 1 },
    ]),
    ...tasks.flatMap((task) => [
      {
        name: `${task.name}.label`,
        dtype: "float32" as const,
        width: task.kind.labelWidth(task.state),
      },
      { name: `${task.name}.weight`, dtype: "float32" as const, width: 1 },
    ]),
  ];
}

/** Makes the writer of a store of encoded rows. */
export type MakeWriter = (layout: RowLayout) => RowStoreWriter;

/** Makes the writer of what metrics compare against: labels by task, or the weights of rows. */
export type MakeLabelWriter = (
  fields: readonly LabelField[],
  what: "labels" | "weights",
) => LabelWriter;

/** Rows that make a part, and where they are kept: in memory by default, files for large tables. */
export interface PartRows {
  /** Numbers of the rows, ascending; all by default. */
  readonly rows?: Rows;
  readonly write?: MakeWriter;
  readonly writeLabels?: MakeLabelWriter;
  /** Space for what is computed of the rows later, where they are kept in files. */
  readonly scratch?: ScratchFolder;
}

/**
 * Encodes rows, a batch at a time, into a store and the labels that metrics compare against.
 * @param write makes the writer of the store: in memory by default, a file for large tables.
 * @throws DataError DATA_SCHEMA for a column that is not there, DATA_VALUE for a label or row weight
 *   that cannot be one.
 */
export async function encodeRows(
  batches: TableBatches,
  plan: EncodePlan,
  options: EncodeOptions = {},
  write: MakeWriter = memoryRowWriter,
): Promise<Part> {
  const { rows, onProblem } = options;
  return (await encodeParts(batches, plan, { all: { rows, write } }, onProblem)).all;
}

/** Encodes several parts of a table in one pass over its batches. @throws as `encodeRows`. */
export async function encodeParts<Name extends string>(
  batches: TableBatches,
  plan: EncodePlan,
  parts: Readonly<Record<Name, PartRows>>,
  onProblem?: ProblemReceiver,
): Promise<Record<Name, Part>> {
  const names = Object.keys(parts) as Name[];
  const encoders: PartEncoder[] = [];
  try {
    for (const name of names) encoders.push(new PartEncoder(plan, parts[name]));
    let first = 0;
    for await (const table of batches) {
      for (const encoder of encoders) await encoder.add(table, first, onProblem);
      first += table.rows;
    }
    const finished = encoders.map((encoder) => encoder.finish());
    return Object.fromEntries(names.map((name, i) => [name, finished[i]])) as Record<Name, Part>;
  } catch (error) {
    for (const encoder of encoders) encoder.discard();
    throw error;
  }
}

/** Encodes the rows of one part as batches come. */
class PartEncoder {
  private readonly plan: EncodePlan;
  private readonly picker: RowPicker;
  private readonly layout: RowLayout;
  private readonly writer: RowStoreWriter;
  private readonly labels: LabelWriter;
  private readonly rowWeights: LabelWriter | undefined;
  private readonly weight: Record<string, number>;
  private readonly labelled: Record<string, number>;
  private arrays: RowArray[] = [];
  private room = 0;
  private readonly scratch: ScratchFolder | undefined;
  private part: Part | undefined;

  constructor(plan: EncodePlan, part: PartRows) {
    const { rows, write = memoryRowWriter, writeLabels = memoryLabelWriter } = part;
    const { tasks, weightColumn } = plan;
    this.plan = plan;
    this.scratch = part.scratch;
    this.picker = new RowPicker(rows);
    this.layout = rowLayout(plan);
    this.writer = write(this.layout);
    this.labels = writeLabels(
      tasks.map(({ name, kind, state }) => ({ name, width: kind.labelWidth(state) })),
      "labels",
    );
    if (weightColumn !== undefined && tasks.length > 0) {
      this.rowWeights = writeLabels([{ name: "weight", width: 1 }], "weights");
    }
    this.weight = Object.fromEntries(tasks.map((t) => [t.name, 0]));
    this.labelled = Object.fromEntries(tasks.map((t) => [t.name, 0]));
  }

  async add(table: Table, first: number, onProblem: ProblemReceiver | undefined): Promise<void> {
    const batch = this.picker.pick(table, first);
    if (batch === undefined) return;
    const { rows } = batch.table;
    if (rows > this.room) {
      this.arrays = allocateBatch(this.layout, rows);
      this.room = rows;
    }
    const views = this.layout.map(
      ({ width }, k) => this.arrays[k].subarray(0, rows * width) as RowArray,
    );
    for (const view of views) view.fill(0);
    const rowWeights = await encodeBatch(batch, this.plan, views, onProblem);
    if (rowWeights) this.rowWeights?.append(rows, [Float64Array.from(rowWeights)]);
    const { tasks } = this.plan;
    const present = (input: string) =>
      views[this.layout.findIndex((entry) => entry.name === `${input}.present`)];
    const whole = tasks.map((task) => wholeRows(task, this.plan.inputs, present));
    const cells = await this.cellTruths(batch);
    const labels = tasks.map((task, i) => {
      const column = columnOf(batch.table, task.column);
      const truth = cells[i] ?? task.kind.truth(task.state, column, batch.first);
      const width = task.kind.labelWidth(task.state);
      const at = views.length - 2 * (tasks.length - i) + 1;
      const complete = whole[i];
      for (let row = 0; complete && row < rows; row++) {
        if (complete[row] === 1 && (!cells[i] || hasLabel(truth, row, width))) continue;
        truth.fill(Number.NaN, row * width, (row + 1) * width);
        views[at][row] = 0;
      }
      if (cells[i])
        task.kind.objective?.answers?.label(task.state, truth, views[at - 1] as Float32Array);
      for (let row = 0; row < rows; row++)
        if (hasLabel(truth, row, width)) this.labelled[task.name]++;
      for (const weight of views[at]) this.weight[task.name] += weight;
      return truth;
    });
    this.labels.append(rows, labels);
    this.writer.append(rows, views);
  }

  /** For each task whose labels are cells of inputs, their numbers. */
  private cellTruths({ table, first }: NumberedBatch): Promise<(Float64Array | undefined)[]> {
    const { tasks, inputs } = this.plan;
    const { baseDir, origin } = table;
    return Promise.all(
      tasks.map((task) => cellTruth(task, inputs, table, { baseDir, origin, firstRow: first })),
    );
  }

  finish(): Part {
    const rowWeights = this.rowWeights?.finish();
    const labels = this.labels.finish();
    const { scratch } = this;
    this.part = {
      store: this.writer.finish(),
      truth: labels.all,
      labelled: this.labelled,
      weight: this.weight,
      ...(rowWeights && { rowWeights: () => rowWeights.all.weight }),
      ...(scratch && {
        filed: {
          scratch,
          truth: labels.some,
          ...(rowWeights && {
            weights: (first, count, into) => rowWeights.some("weight", first, count, into),
          }),
        },
      }),
    };
    return this.part;
  }

  discard(): void {
    if (this.part) this.part.store.close();
    else for (const one of [this.writer, this.labels, this.rowWeights]) one?.discard();
  }
}

/** Encodes the rows of one batch into arrays, one an entry of the layout; returns their weights. */
async function encodeBatch(
  batch: NumberedBatch,
  plan: EncodePlan,
  arrays: readonly RowArray[],
  onProblem: ProblemReceiver | undefined,
): Promise<Float32Array | undefined> {
  let at = await encodeInputs(batch, plan, arrays, onProblem);
  const rowWeights =
    plan.weightColumn === undefined || plan.tasks.length === 0
      ? undefined
      : readWeights(columnOf(batch.table, plan.weightColumn), batch);
  for (const task of plan.tasks) {
    const weights = arrays[at + 1] as Float32Array;
    if (rowWeights) weights.set(rowWeights);
    else weights.fill(1);
    const labels = arrays[at] as Float32Array;
    const column = columnOf(batch.table, task.column);
    namingRows(
      batch,
      column,
      (cells, first) => task.kind.encode(task.state, cells, labels, weights, first),
      (cell, row) => task.kind.truth(task.state, cell, row),
    );
    at += 2;
  }
  return rowWeights;
}

/** Encodes the inputs of one batch; returns how many of the arrays are theirs. */
async function encodeInputs(
  batch: NumberedBatch,
  { inputs, view: views }: EncodePlan,
  arrays: readonly RowArray[],
  onProblem: ProblemReceiver | undefined,
): Promise<number> {
  const counts = inputs.map((input) => viewOf(input, views).feeds(input.state).length);
  const starts = [0];
  for (const count of counts) starts.push(starts[starts.length - 1] + count + 1);
  await ofAllInputs(batch, inputs, onProblem, (input, context, i) => {
    const [start, end] = [starts[i], starts[i] + counts[i]];
    const column = inputCells(batch.table, input, context);
    const present = arrays[end] as Float32Array;
    const feeds = arrays.slice(start, end);
    return viewOf(input, views).encode(input.state, column, feeds, present, context);
  });
  return starts[inputs.length];
}

function readWeights(column: Column, batch: NumberedBatch): Float32Array {
  if (column.storage !== "number" && column.storage !== "boolean") {
    throw new DataError(
      "DATA_SCHEMA",
      `${batch.table.origin}, column ${column.name}: numbers, as row weights; got ${column.storage}`,
    );
  }
  return Float32Array.from({ length: column.length }, (_, row) => {
    const value = isMissing(column, row) ? 0 : column.values[row];
    if (value >= 0) return value;
    throw new DataError(
      "DATA_VALUE",
      `${batch.table.origin}, data row ${batch.numberOf(row) + 1}, column ${column.name}: a row weight of 0 or more; got ${value}`,
    );
  });
}

/** Some rows of a store as a store of their own; nothing is copied. */
export function subsetStore(store: RowStore, rows: Int32Array): RowStore {
  return {
    rows: rows.length,
    layout: store.layout,
    gather(indexes, offset, count, outputs) {
      const mapped = new Int32Array(count);
      for (let i = 0; i < count; i++) mapped[i] = rows[indexes[offset + i]] ?? -1;
      store.gather(mapped, 0, count, outputs);
    },
    ...(store.select && {
      select: (entries) => subsetStore(store.select?.(entries) as RowStore, rows),
    }),
    close() {},
  };
}

/** Some rows of a part: a view of its store, and their labels. */
export function subsetPart(part: Part, rows: Int32Array): Part {
  const { filed, rowWeights } = part;
  const store = subsetStore(part.store, rows);
  const truth = Object.fromEntries(
    Object.keys(part.truth).map((task) => [
      task,
      filed
        ? pickRows(rows, (row) => filed.truth(task, row, 1))
        : pickHeld(part.truth[task], part.store.rows, rows),
    ]),
  );
  if (!rowWeights) return { store, truth };
  const weights = filed?.weights
    ? pickRows(rows, (row) => (filed.weights as NonNullable<FiledRows["weights"]>)(row, 1))
    : pickHeld(rowWeights(), part.store.rows, rows);
  return { store, truth, rowWeights: () => weights };
}

function pickHeld(all: Float64Array, count: number, rows: Int32Array): Float64Array {
  const width = all.length / count;
  return pickRows(rows, (row) => all.subarray(row * width, (row + 1) * width));
}

function pickRows(
  rows: Int32Array,
  numbersOf: (row: number, count: number) => Float64Array,
): Float64Array {
  let picked: Float64Array | undefined;
  rows.forEach((row, i) => {
    const numbers = numbersOf(row, 1);
    picked ??= new Float64Array(rows.length * numbers.length);
    picked.set(numbers, i * numbers.length);
  });
  return picked ?? new Float64Array(0);
}
