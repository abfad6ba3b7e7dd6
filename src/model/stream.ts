import { columnOf, concatTables, type Table, takeRows } from "../data/columns.ts";
import type { Source } from "../data/source.ts";

/** Rows a batch while streaming from disk. */
const streamRows = 8192;

/**
 * The rows of a source, read as often as asked: from memory where the table was loaded once, batch by
 * batch from the source where it must not be.
 */
export interface TableStream {
  readonly rows: number;
  readonly origin: string;
  readonly baseDir: string | undefined;
  batches(columns: readonly string[]): AsyncIterable<Table> | Iterable<Table>;
}

/** A table in memory as one batch. */
export function memoryStream(table: Table): TableStream {
  return {
    rows: table.rows,
    origin: table.origin,
    baseDir: table.baseDir,
    batches: (columns) => [pick(table, columns)],
  };
}

/** Batches read anew at every pass. */
export async function sourceStream(source: Source): Promise<TableStream> {
  return {
    rows: await source.rowCount(),
    origin: source.origin,
    baseDir: source.baseDir,
    batches: (columns) => source.batches({ columns, batchRows: streamRows }),
  };
}

function pick(table: Table, names: readonly string[]): Table {
  return { ...table, columns: new Map(names.map((n) => [n, columnOf(table, n)])) };
}

/** Some rows (ascending) of some columns as one table. */
export async function readRows(
  stream: TableStream,
  columns: readonly string[],
  rows: ArrayLike<number>,
): Promise<Table> {
  const parts: Table[] = [];
  let first = 0;
  let next = 0;
  for await (const batch of stream.batches(columns)) {
    const local: number[] = [];
    for (; next < rows.length && rows[next] < first + batch.rows; next++)
      local.push(rows[next] - first);
    first += batch.rows;
    if (local.length > 0) parts.push(takeRows(batch, local));
    if (next === rows.length) break;
  }
  if (parts.length === 1) return parts[0];
  return concatTables(parts);
}

/** Whole columns: what splitting by labels, groups or time needs. */
export async function readColumns(stream: TableStream, columns: readonly string[]): Promise<Table> {
  const parts: Table[] = [];
  for await (const batch of stream.batches(columns)) parts.push(batch);
  return parts.length === 1 ? parts[0] : concatTables(parts);
}

/** Several streams read one after another as one table. */
export function joinStreams(streams: readonly TableStream[]): TableStream {
  const [first] = streams;
  return {
    rows: streams.reduce((sum, s) => sum + s.rows, 0),
    origin: streams.map((s) => s.origin).join(", "),
    baseDir: first.baseDir,
    async *batches(columns) {
      for (const stream of streams) yield* stream.batches(columns);
    },
  };
}
