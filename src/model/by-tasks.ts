/**
 * Tasks with rows of their own: `by` makes one task of every value of a column. Task `<task>.<value>`
 * reads a column of that name, which holds the task's labels in the rows of its value and is made as
 * rows are read.
 */
import { ConfigError, DataError, didYouMean, show } from "../core/errors.ts";
import { type Column, columnOf, isMissing, type Table, takeRows } from "../data/columns.ts";
import { type CategorySource, eachCategory, spell } from "../modalities/category/vocabulary.ts";
import type { TaskSpec } from "../train/learn.ts";
import type { TaskGroup } from "../train/problem.ts";
import { namedColumn } from "./named-column.ts";
import { readColumns, type TableStream } from "./stream.ts";

/** Values of a column that may become tasks. */
const mostValues = 1000;
/** Rows of a batch with made columns: there may be a thousand of those. */
const batchRows = 8192;

/** A declared task that becomes one task a value of a column. */
export interface DeclaredGroup {
  readonly task: string;
  readonly column: string;
  readonly by: string;
  readonly source: CategorySource;
  /** Values with a label in some row, in order of their names. */
  readonly values: readonly string[];
  /** Parts of the declared weight, by value; 1 for a value that is not named. */
  readonly weights?: Readonly<Record<string, number>>;
}

/**
 * Finds the values that tasks are made of.
 * @throws ConfigError for a task's own column; DataError DATA_SCHEMA for a column that is not there or holds no
 *   names, DATA_VALUE for one with a single value, more than a thousand, or without labels.
 */
export async function findGroups(
  tasks: Readonly<
    Record<
      string,
      {
        readonly column?: string;
        readonly by?: string;
        readonly weights?: Readonly<Record<string, number>>;
      }
    >
  >,
  sample: Table,
  stream: TableStream,
): Promise<DeclaredGroup[]> {
  const groups: DeclaredGroup[] = [];
  for (const [task, { column = task, by, weights }] of Object.entries(tasks)) {
    if (by === undefined) continue;
    const where = `tasks.${task}.by`;
    if (by === column)
      throw new ConfigError(
        "CONFIG_INVALID",
        `${where}: another column than the labels; got ${show(by)}`,
      );
    const { storage } = namedColumn(sample, where, by);
    namedColumn(sample, `tasks.${task}`, column);
    const table = await readColumns(stream, [by, column]);
    const cells = columnOf(table, by);
    if (storage !== "string" && storage !== "number" && storage !== "boolean")
      throw new DataError(
        "DATA_SCHEMA",
        `${where}: a column of words, whole numbers or truths; column ${by} holds ${storage}`,
      );
    const labels = columnOf(table, column);
    const found = new Map<string, number>();
    visitValues(cells, storage, (row, value) => {
      if (value === "") return;
      found.set(value, (found.get(value) ?? 0) + (isMissing(labels, row) ? 0 : 1));
    });
    const refuse = (expected: string, got: string, hint: string) =>
      new DataError(
        "DATA_VALUE",
        `${where}: ${expected}; column ${by} of ${stream.origin} has ${got}`,
        {
          hint,
        },
      );
    if (found.size < 2)
      throw refuse(
        "a column of at least 2 values",
        found.size === 1 ? `one, ${show([...found.keys()][0])}` : "none",
        "leave `by` out: there is one task",
      );
    if (found.size > mostValues)
      throw refuse(
        `a column of at most ${mostValues} values, each a task`,
        `${found.size}`,
        "group the values, or make the column an input of type category",
      );
    const values = [...found].filter(([, labelled]) => labelled > 0).map(([value]) => value);
    if (values.length === 0)
      throw refuse(
        "values whose rows have labels",
        `labels of ${column} in no row`,
        "check the column",
      );
    const stray = Object.keys(weights ?? {}).find((value) => !found.has(value));
    if (stray !== undefined) {
      const near = didYouMean(stray, found.keys());
      throw new DataError(
        "DATA_VALUE",
        `tasks.${task}.weights: values of column ${by} of ${stream.origin}; got ${show(stray)}`,
        { hint: near && `did you mean ${near}?` },
      );
    }
    groups.push({ task, column, by, source: storage, values: values.sort(byName), weights });
  }
  return groups;
}

/** The declared groups less the values whose labels are all outside some rows, and those values. */
export async function learnableGroups(
  groups: readonly DeclaredGroup[],
  stream: TableStream,
  training: Int32Array,
): Promise<{
  readonly groups: DeclaredGroup[];
  readonly without: Readonly<Record<string, string[]>>;
}> {
  const kept: DeclaredGroup[] = [];
  const without: Record<string, string[]> = {};
  const isTraining = new Uint8Array(stream.rows);
  for (const row of training) isTraining[row] = 1;
  for (const group of groups) {
    const table = await readColumns(stream, [group.by, group.column]);
    const labels = columnOf(table, group.column);
    const learned = new Set<string>();
    visitValues(columnOf(table, group.by), group.source, (row, value) => {
      if (isTraining[row] === 1 && !isMissing(labels, row)) learned.add(value);
    });
    const values = group.values.filter((value) => learned.has(value));
    if (values.length < group.values.length)
      without[group.task] = group.values.filter((value) => !learned.has(value));
    kept.push({ ...group, values });
  }
  return { groups: kept, without };
}

/** Replaces each task that was declared with `by` by one task a value, which have their parts of its weight. */
export function expandTasks<Spec extends TaskSpec>(
  specs: readonly Spec[],
  groups: readonly DeclaredGroup[],
): (Spec & { readonly column: string; readonly group?: TaskGroup })[] {
  const made = new Map(
    groups.flatMap((g) => g.values.map((value) => [nameOf(g, value), groupOf(g, value)] as const)),
  );
  return specs.flatMap((spec) => {
    const group = groups.find((g) => g.task === spec.name);
    if (group === undefined)
      return [{ ...spec, column: spec.column ?? spec.name, group: made.get(spec.name) }];
    const part = (value: string) => group.weights?.[value] ?? 1;
    const parts = group.values.reduce((sum, value) => sum + part(value), 0);
    return group.values.map((value) => {
      const name = nameOf(group, value);
      const weight = (spec.weight * part(value)) / parts;
      return { ...spec, name, column: name, weight, group: groupOf(group, value) };
    });
  });
}

/** The stream with a column of labels for every task that `by` makes. */
export function withTaskColumns(
  stream: TableStream,
  groups: readonly DeclaredGroup[],
): TableStream {
  if (groups.length === 0) return stream;
  const made = new Map(
    groups.flatMap((group) =>
      group.values.map((value) => [nameOf(group, value), { group, value }] as const),
    ),
  );
  return {
    ...stream,
    async *batches(columns) {
      const wanted = columns.filter((name) => made.has(name));
      const real = new Set(columns.filter((name) => !made.has(name)));
      for (const name of wanted) {
        const { group } = made.get(name) as { group: DeclaredGroup };
        real.add(group.by).add(group.column);
      }
      for await (const batch of stream.batches([...real])) {
        for (const part of wanted.length > 0 ? cut(batch) : [batch]) {
          const values = new Map<DeclaredGroup, string[]>();
          const valuesOf = (group: DeclaredGroup) => {
            const known = values.get(group) ?? valuesIn(columnOf(part, group.by), group.source);
            values.set(group, known);
            return known;
          };
          const all = columns.map((name): [string, Column] => {
            const task = made.get(name);
            if (task === undefined) return [name, columnOf(part, name)];
            const mine = valuesOf(task.group);
            const labels = columnOf(part, task.group.column);
            return [name, masked(labels, name, (row) => mine[row] === task.value)];
          });
          yield { ...part, columns: new Map(all) };
        }
      }
    },
  };
}

function nameOf(group: Pick<DeclaredGroup, "task">, value: string): string {
  return `${group.task}.${value}`;
}

function groupOf({ task, column, by, source }: DeclaredGroup, value: string): TaskGroup {
  return { task, column, by, source, value };
}

/** Numbers in their order, then words in theirs. */
function byName(a: string, b: string): number {
  const [x, y] = [Number(a), Number(b)];
  if (!Number.isNaN(x) && !Number.isNaN(y)) return x - y;
  return a < b ? -1 : a > b ? 1 : 0;
}

function visitValues(
  column: Column,
  source: CategorySource,
  visit: (row: number, value: string) => void,
): void {
  eachCategory(column, (text) => spell(text, source), visit);
}

/** The value of each row, "" where it is missing. */
function valuesIn(column: Column, source: CategorySource): string[] {
  const values = new Array<string>(column.length);
  visitValues(column, source, (row, value) => {
    values[row] = value;
  });
  return values;
}

function* cut(batch: Table): Generator<Table> {
  if (batch.rows <= batchRows) yield batch;
  else
    for (let start = 0; start < batch.rows; start += batchRows) {
      const count = Math.min(batchRows, batch.rows - start);
      yield takeRows(
        batch,
        Int32Array.from({ length: count }, (_, i) => start + i),
      );
    }
}

/** The column with the cells of other rows missing. */
function masked(column: Column, name: string, keeps: (row: number) => boolean): Column {
  switch (column.storage) {
    case "number":
    case "datetime":
      return {
        storage: column.storage,
        name,
        length: column.length,
        values: column.values.map((x, row) => (keeps(row) ? x : 0)),
        valid: column.valid.map((x, row) => (keeps(row) ? x : 0)),
      };
    case "boolean":
      return {
        ...column,
        name,
        values: column.values.map((x, row) => (keeps(row) ? x : 0)),
        valid: column.valid.map((x, row) => (keeps(row) ? x : 0)),
      };
    case "string":
      return { ...column, name, codes: column.codes.map((x, row) => (keeps(row) ? x : -1)) };
    case "bytes":
      return { ...column, name, values: column.values.map((x, row) => (keeps(row) ? x : null)) };
    case "list":
      return { ...column, name, values: column.values.map((x, row) => (keeps(row) ? x : null)) };
  }
}
