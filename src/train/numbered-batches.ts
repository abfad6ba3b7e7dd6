import { DataError } from "../core/errors.ts";
import { type Column, type Table, take } from "../data/columns.ts";
import type { Rows } from "../data/row-set.ts";

/** Consecutive rows of one table, in order. */
export type TableBatches = AsyncIterable<Table> | Iterable<Table>;

/** Rows of a batch, and which of the whole table they are. */
export interface NumberedBatch {
  readonly table: Table;
  /** Number of the first row in the whole table, where rows are consecutive. */
  readonly first: number;
  numberOf(row: number): number;
}

/**
 * Reads labels of a batch. Kinds number rows from the first of the batch, which is wrong where the batch
 * has only some of them: then the label that was refused is sought one by one, to name its row.
 */
export function namingRows(
  batch: NumberedBatch,
  column: Column,
  read: (labels: Column, first: number) => unknown,
  readOne: (label: Column, row: number) => unknown,
): void {
  try {
    read(column, batch.first);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    for (let row = 0; row < column.length; row++) {
      readOne(take(column, Int32Array.of(row)), batch.numberOf(row));
    }
    throw error;
  }
}

/** Picks the asked rows out of consecutive tables; all rows, where none are asked. */
export class RowPicker {
  private readonly rows: Rows | undefined;
  private next = 0;

  constructor(rows: Rows | undefined) {
    this.rows = rows;
  }

  /** The asked rows of a table whose first row has a number; undefined where none is asked. */
  pick(table: Table, first: number): NumberedBatch | undefined {
    if (this.rows === undefined) return { table, first, numberOf: (row) => first + row };
    const numbers = this.numbers(this.rows, first, first + table.rows);
    if (numbers.length === 0) return undefined;
    const local = numbers.map((row) => row - first);
    const columns = new Map([...table.columns].map(([name, c]) => [name, take(c, local)]));
    return {
      table: { ...table, columns, rows: local.length },
      first: numbers[0],
      numberOf: (row) => numbers[row],
    };
  }

  private numbers(rows: Rows, first: number, end: number): Int32Array {
    if (!(rows instanceof Int32Array)) return rows.between(first, end);
    const from = this.next;
    while (this.next < rows.length && rows[this.next] < end) this.next++;
    return rows.subarray(from, this.next);
  }
}

/** The asked rows of batches, with their numbers. */
export async function* numbered(
  batches: TableBatches,
  rows: Rows | undefined,
): AsyncGenerator<NumberedBatch> {
  const picker = new RowPicker(rows);
  let first = 0;
  for await (const table of batches) {
    const batch = picker.pick(table, first);
    first += table.rows;
    if (batch) yield batch;
  }
}
