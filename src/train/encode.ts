import { DataError } from "../core/errors.ts";
import { type Column, columnOf, isMissing, type Table } from "../data/columns.ts";
import { type LabelField, type LabelWriter, memoryLabelWriter } from "../data/label-file.ts";
import type { Rows } from "../data/row-set.ts";
import {
  allocateBatch,
  memoryRowWriter,
  type RowArray,
  type RowLayout,
  type RowStoreWriter,
} from "../data/rows.ts";
import type { ScratchFolder } from "../data/scratch-folder.ts";
import { type Views, viewOf } from "../modalities/views.ts";
import { hasLabel } from "../tasks/has-label.ts";
import { ofAllInputs, type ProblemReceiver } from "./all-inputs.ts";
import { Arrivals } from "./arrivals.ts";
import { cellTruth } from "./cell-answers.ts";
import { inputCells, sourceColumns } from "./input-cells.ts";
import { type LateCellsWriter, type MakeLateCells, memoryLateCells } from "./late-cells.ts";
import { lateInputs } from "./late-inputs.ts";
import type { EncodeOptions, LearnedInput, LearnedTask } from "./learn.ts";
import {
  type NumberedBatch,
  namingRows,
  RowPicker,
  type TableBatches,
} from "./numbered-batches.ts";
import type { Part } from "./problem.ts";
import { wholeRows } from "./whole-rows.ts";

export interface EncodePlan {
  readonly inputs: readonly LearnedInput[];
  /** None where there are no labels, as for prediction. */
  readonly tasks: readonly LearnedTask[];
  readonly view: Views;
  /** A number column whose values multiply every task's weight; a missing value counts 0. */
  readonly weightColumn?: string;
  /** Whether inputs that can arrive (`View.arrives`) are encoded while the rows are in use. */
  readonly arriving?: boolean;
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
  /** Where cells of inputs that arrive are kept until they are encoded. */
  readonly keepCells?: MakeLateCells;
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

/**
 * Encodes several parts of a table in one pass over its batches. Where inputs arrive (`EncodePlan.arriving`),
 * their cells are encoded afterwards, as `RowStore.arrival` says, and `onProblem` is told then.
 * @throws as `encodeRows`.
 */
export async function encodeParts<Name extends string>(
  batches: TableBatches,
  plan: EncodePlan,
  parts: Readonly<Record<Name, PartRows>>,
  onProblem?: ProblemReceiver,
): Promise<Record<Name, Part>> {
  const names = Object.keys(parts) as Name[];
  const encoders: PartEncoder[] = [];
  const late = lateInputs(plan);
  const latePlan = { inputs: late, tasks: [], view: plan.view };
  const arrivals = new Arrivals(rowLayout(latePlan), async (batch, arrays) => {
    await encodeInputs(batch, latePlan, late, arrays, onProblem);
  });
  try {
    for (const name of names) encoders.push(new PartEncoder(plan, late, parts[name]));
    let first = 0;
    for await (const table of batches) {
      for (const encoder of encoders) await encoder.add(table, first, onProblem);
      first += table.rows;
    }
    const finished = encoders.map((encoder) => encoder.finish(arrivals));
    arrivals.start();
    return Object.fromEntries(names.map((name, i) => [name, finished[i]])) as Record<Name, Part>;
  } catch (error) {
    for (const encoder of encoders) encoder.discard();
    throw error;
  }
}

/** Encodes the rows of one part as batches come. */
class PartEncoder {
  private readonly plan: EncodePlan;
  private readonly prompt: readonly LearnedInput[];
  private readonly late: LateCellsWriter | undefined;
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

  /** @param late inputs whose cells are only kept. */
  constructor(plan: EncodePlan, late: readonly LearnedInput[], part: PartRows) {
    const { rows, write = memoryRowWriter, writeLabels = memoryLabelWriter } = part;
    const { keepCells = memoryLateCells } = part;
    const { tasks, weightColumn } = plan;
    this.plan = plan;
    this.scratch = part.scratch;
    this.prompt = plan.inputs.filter((input) => !late.includes(input));
    if (late.length > 0) this.late = keepCells([...new Set(late.flatMap(sourceColumns))]);
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
    const rowWeights = await encodeBatch(batch, this.plan, this.prompt, views, onProblem);
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
    this.late?.append(batch);
  }

  /** For each task whose labels are cells of inputs, their numbers. */
  private cellTruths({ table, first }: NumberedBatch): Promise<(Float64Array | undefined)[]> {
    const { tasks, inputs } = this.plan;
    const { baseDir, origin } = table;
    return Promise.all(
      tasks.map((task) => cellTruth(task, inputs, table, { baseDir, origin, firstRow: first })),
    );
  }

  finish(arrivals: Arrivals): Part {
    const rowWeights = this.rowWeights?.finish();
    const labels = this.labels.finish();
    const { scratch } = this;
    const store = this.writer.finish();
    this.part = {
      store: this.late ? arrivals.add(store, this.late.finish()) : store,
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
    else for (const one of [this.writer, this.labels, this.rowWeights, this.late]) one?.discard();
  }
}

/** Encodes the rows of one batch into arrays, one an entry of the layout; returns their weights. */
async function encodeBatch(
  batch: NumberedBatch,
  plan: EncodePlan,
  prompt: readonly LearnedInput[],
  arrays: readonly RowArray[],
  onProblem: ProblemReceiver | undefined,
): Promise<Float32Array | undefined> {
  let at = await encodeInputs(batch, plan, prompt, arrays, onProblem);
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

/** Encodes some inputs of one batch; returns how many of the arrays are those of all. */
async function encodeInputs(
  batch: NumberedBatch,
  { inputs, view: views }: EncodePlan,
  some: readonly LearnedInput[],
  arrays: readonly RowArray[],
  onProblem: ProblemReceiver | undefined,
): Promise<number> {
  const counts = inputs.map((input) => viewOf(input, views).feeds(input.state).length);
  const starts = [0];
  for (const count of counts) starts.push(starts[starts.length - 1] + count + 1);
  await ofAllInputs(batch, some, onProblem, (input, context) => {
    const i = inputs.indexOf(input);
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
