import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { cell, type Table, takeRows } from "../../src/data/columns.ts";
import { openSource, type SourceSpec } from "../../src/data/source.ts";
import type { Model } from "../../src/model/model.ts";

/** A cell as JSON keeps it; bytes are in base64. */
export type ExampleCell =
  | number
  | boolean
  | string
  | readonly unknown[]
  | { readonly base64: string }
  | null;

export interface ExampleRow {
  /** Number of the row in its table, from 1. */
  readonly row: number;
  /** Cells of the inputs, by column. */
  readonly cells: Readonly<Record<string, ExampleCell>>;
  /** Labels, by task; null where there is none. */
  readonly truth: Readonly<Record<string, ExampleCell>>;
}

/** Rows for the page to start from. */
export interface ExampleRows {
  /** What they are, in words. */
  readonly note: string;
  readonly rows: readonly ExampleRow[];
}

/**
 * Reads rows with the columns of a model.
 * @param wanted rows to take, from 0; the first ones where absent.
 */
export async function exampleRows(
  model: Model,
  data: SourceSpec,
  options: { readonly wanted?: readonly number[]; readonly most: number; readonly note: string },
): Promise<ExampleRows> {
  const source = await openSource(data);
  try {
    const whole = await source.read();
    const all = options.wanted ?? Array.from({ length: whole.rows }, (_, row) => row);
    // Evenly spaced, so that every region of an ordered table is there.
    const step = Math.max(1, all.length / options.most);
    const picked = Array.from(
      { length: Math.min(all.length, options.most) },
      (_, i) => all[Math.floor(i * step)],
    );
    const table = takeRows(whole, picked);
    const pictures = new Set(
      model.inputs.filter((i) => i.modality.name === "image").map((i) => i.column),
    );
    const rows = picked.map(async (row, i) => ({
      row: row + 1,
      cells: await cellsOf(
        table,
        i,
        model.inputs.map((input) => input.column),
        pictures,
      ),
      truth: Object.fromEntries(
        model.tasks.map((task) => [task.name, plain(cellAt(table, task.column, i))]),
      ),
    }));
    return { note: options.note, rows: await Promise.all(rows) };
  } finally {
    source.close();
  }
}

async function cellsOf(
  table: Table,
  row: number,
  columns: readonly string[],
  pictures: ReadonlySet<string>,
): Promise<Record<string, ExampleCell>> {
  const cells: Record<string, ExampleCell> = {};
  for (const column of columns) {
    const value = cellAt(table, column, row);
    // A path is of no use to the page: it gets the picture.
    const isPath = pictures.has(column) && typeof value === "string" && value !== "";
    cells[column] = plain(isPath ? await readFile(resolve(table.baseDir ?? "", value)) : value);
  }
  return cells;
}

function cellAt(table: Table, column: string, row: number) {
  const found = table.columns.get(column);
  return found === undefined ? null : cell(found, row);
}

function plain(value: ReturnType<typeof cellAt>): ExampleCell {
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return { base64: Buffer.from(value).toString("base64") };
  return value;
}
