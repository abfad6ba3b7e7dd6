import type { Table } from "../data/columns.ts";
import { openSource, type Source } from "../data/source.ts";
import type { Model } from "../model/model.ts";
import { load } from "../run/open.ts";
import { BadCells } from "./bad-cells.ts";
import type { Terminal } from "./terminal.ts";

/** Rows read and predicted at a time. */
const batchRows = 8192;

/** A model and the rows it is to be used on. */
export interface ModelOnRows {
  readonly model: Model;
  readonly source: Source;
  readonly cells: BadCells;
}

/**
 * Opens a model and a table, runs work on them, says which cells could not be read, and closes both.
 * @param memoryLimit memory for the rows, where it is limited.
 */
export async function withModel<T>(
  dir: string,
  data: string,
  terminal: Terminal,
  work: (opened: ModelOnRows) => Promise<T>,
  memoryLimit?: string,
): Promise<T> {
  const model = await load(dir);
  try {
    const source = await openSource(data, { baseDir: terminal.cwd, memoryLimit });
    try {
      const cells = new BadCells();
      const result = await work({ model, source, cells });
      cells.report(terminal);
      return result;
    } finally {
      source.close();
    }
  } finally {
    await model.dispose();
  }
}

/** The columns of a table that a model uses; all of them where some input's is missing, for its message. */
export async function usedColumns(
  { model, source }: ModelOnRows,
  labels: boolean,
): Promise<readonly string[] | undefined> {
  const names = new Set((await source.schema()).map(({ name }) => name));
  const inputs = model.columns;
  if (!inputs.every((column) => names.has(column))) return undefined;
  const tasks = labels ? model.tasks.map(({ column }) => column) : [];
  return [...new Set([...inputs, ...tasks.filter((column) => names.has(column))])];
}

/** Consecutive rows of the columns that are used, labels with them where they are asked for. */
export async function batchesOf(
  opened: ModelOnRows,
  labels: boolean,
): Promise<AsyncIterable<Table>> {
  return opened.source.batches({ columns: await usedColumns(opened, labels), batchRows });
}

/** Consecutive rows of the columns that the inputs read, and the number of the first row of each batch. */
export async function* inputBatches(
  opened: ModelOnRows,
): AsyncGenerator<{ readonly table: Table; readonly first: number }> {
  let first = 0;
  for await (const table of await batchesOf(opened, false)) {
    yield { table, first };
    first += table.rows;
  }
}
