import { dirname } from "node:path";
import type { DuckDBConnection, DuckDBDataChunk } from "@duckdb/node-api";
import { ConfigError, show } from "../core/errors.ts";
import { Random } from "../core/random.ts";
import {
  type Column,
  columnOf,
  type Storage,
  type Table,
  takeRows,
  unknownColumn,
} from "./columns.ts";
import { csvRelation } from "./csv-relation.ts";
import { type Database, openDatabase, sqlText } from "./duckdb.ts";
import { jsonRelation, parquetRelation } from "./file-relation.ts";
import { commonFolder, type DataFile, type FileFormat, locateFiles } from "./files.ts";
import { fingerprintFiles, fingerprintTable } from "./fingerprint.ts";
import { tableFromRows } from "./from-rows.ts";
import { checkMisfits, type Relation, type RelationColumn } from "./relation.ts";
import { collect } from "./vectors.ts";

export interface ColumnSchema {
  readonly name: string;
  readonly storage: Storage;
  /** The type in the file, in SQL's words; for rows from code, the storage. */
  readonly sqlType: string;
}

export interface SourceOptions {
  /** Folder for relative paths: of the data for files, of path cells for rows from code. */
  readonly baseDir?: string;
  /** Format of the files, where their endings do not say. */
  readonly format?: FileFormat;
  /** Memory for the reader's buffers: bytes, or a size such as `"512MB"`. */
  readonly memoryLimit?: number | string;
  /** What cuts the cells of delimited text; found out where absent. */
  readonly delimiter?: string;
  /** Storage by column name, instead of the one inferred; cells are converted to it. */
  readonly types?: Readonly<Record<string, Storage>>;
  /** What ±Infinity in a number column is: an error (the default) or a missing cell. */
  readonly infinite?: "error" | "missing";
}

export interface BatchOptions {
  readonly columns?: readonly string[];
  /** Rows of every batch but the last. */
  readonly batchRows: number;
}

/** Rows of a table, read whole or in batches; their order is always the same. */
export interface Source {
  readonly origin: string;
  readonly baseDir: string;
  schema(): Promise<ColumnSchema[]>;
  rowCount(): Promise<number>;
  /** All rows of all or the named columns. @throws DataError DATA_SCHEMA, DATA_VALUE, DATA_FORMAT. */
  read(columns?: readonly string[]): Promise<Table>;
  /** Consecutive rows; a string column has a dictionary of its own in each batch. */
  batches(options: BatchOptions): AsyncIterable<Table>;
  /** `n` rows drawn without replacement, in their order in the source. */
  sample(n: number, seed: number, columns?: readonly string[]): Promise<Table>;
  /** SHA-256 of the data, in hex: over the files' bytes, or over the cells of rows from code. */
  fingerprint(): Promise<string>;
  close(): void;
}

export type SourceSpec = string | readonly string[] | readonly Readonly<Record<string, unknown>>[];

/**
 * Opens data: the path of a file, a pattern with `*`, `?`, `[…]` or `**`, a list of either (CSV, TSV,
 * JSON, JSON Lines, Parquet; text may be gzipped), or an array of objects, one a row.
 * @throws DataError DATA_NOT_FOUND, DATA_EMPTY, DATA_FORMAT, DATA_SCHEMA, DATA_VALUE;
 *   ConfigError CONFIG_INVALID for a memory limit; PolytaskError UNSUPPORTED for other formats.
 */
export async function openSource(spec: SourceSpec, options: SourceOptions = {}): Promise<Source> {
  if (typeof spec === "string") return openFiles([spec], options);
  if (spec.length > 0 && spec.every((item) => typeof item === "string")) {
    return openFiles(spec as readonly string[], options);
  }
  const baseDir = options.baseDir ?? process.cwd();
  const rows = spec as readonly Readonly<Record<string, unknown>>[];
  return tableSource(
    tableFromRows(rows, { types: options.types, infinite: options.infinite, baseDir }),
  );
}

async function openFiles(spec: readonly string[], options: SourceOptions): Promise<Source> {
  const db = await openDatabase(options.memoryLimit);
  try {
    const files = await locateFiles(spec, {
      baseDir: options.baseDir,
      format: options.format,
      glob: async (pattern) =>
        (await db.rows(`SELECT file FROM glob(${sqlText(pattern)})`)).map(([file]) => String(file)),
    });
    const origin = spec.length === 1 ? spec[0] : `${spec[0]} and ${spec.length - 1} more`;
    const relation = await openRelation(db, files, options);
    await checkMisfits(db, relation, origin);
    return new FileSource(db, files, relation, origin, options.infinite ?? "error");
  } catch (error) {
    db.close();
    throw error;
  }
}

function openRelation(
  db: Database,
  files: readonly DataFile[],
  options: SourceOptions,
): Promise<Relation> {
  switch (files[0].format) {
    case "csv":
    case "tsv":
      return csvRelation(db, files, options);
    case "json":
    case "jsonl":
      return jsonRelation(db, files, options.types);
    case "parquet":
      return parquetRelation(db, files, options.types);
  }
}

class FileSource implements Source {
  readonly origin: string;
  readonly baseDir: string;
  private readonly db: Database;
  private readonly files: readonly DataFile[];
  private readonly relation: Relation;
  private readonly infinite: "error" | "missing";

  constructor(
    db: Database,
    files: readonly DataFile[],
    relation: Relation,
    origin: string,
    infinite: "error" | "missing",
  ) {
    this.db = db;
    this.files = files;
    this.relation = relation;
    this.origin = origin;
    this.infinite = infinite;
    this.baseDir =
      files.length === 1 ? dirname(files[0].path) : commonFolder(files.map((file) => file.path));
  }

  async schema(): Promise<ColumnSchema[]> {
    return this.relation.columns.map(({ name, storage, sqlType }) => ({ name, storage, sqlType }));
  }

  async rowCount(): Promise<number> {
    return this.relation.rows;
  }

  async read(columns?: readonly string[]): Promise<Table> {
    const chosen = this.choose(columns);
    const { rows } = this.relation;
    for await (const table of this.stream(this.query(chosen), chosen, rows)) return table;
    return this.table([], 0);
  }

  batches(options: BatchOptions): AsyncIterable<Table> {
    checkBatchRows(options.batchRows);
    const chosen = this.choose(options.columns);
    return this.stream(this.query(chosen), chosen, options.batchRows);
  }

  async sample(n: number, seed: number, columns?: readonly string[]): Promise<Table> {
    const { rows, from } = this.relation;
    if (n >= rows) return this.read(columns);
    const chosen = this.choose(columns);
    const picked = drawRows(n, rows, seed);
    // The row's number comes from the order of reading, so the same rows are drawn every time.
    const sql =
      `SELECT ${expressions(chosen)} FROM (SELECT *, row_number() OVER () - 1 AS polytask_row FROM ${from}) ` +
      `WHERE polytask_row IN (SELECT unnest([${picked.join(",")}]::BIGINT[])) ORDER BY polytask_row`;
    for await (const table of this.stream(sql, chosen, n)) return table;
    return this.table([], 0);
  }

  fingerprint(): Promise<string> {
    return fingerprintFiles(this.files);
  }

  close(): void {
    this.db.close();
  }

  private choose(names?: readonly string[]): readonly RelationColumn[] {
    const { columns } = this.relation;
    if (names === undefined) return columns;
    return names.map((name) => {
      const column = columns.find((one) => one.name === name);
      if (column) return column;
      throw unknownColumn(
        this.origin,
        name,
        columns.map((one) => one.name),
      );
    });
  }

  private query(chosen: readonly RelationColumn[]): string {
    return `SELECT ${expressions(chosen)} FROM ${this.relation.from}`;
  }

  private table(columns: readonly Column[], rows: number): Table {
    return {
      columns: new Map(columns.map((column) => [column.name, column])),
      rows,
      baseDir: this.baseDir,
      origin: this.origin,
    };
  }

  /** Runs a query and gives its rows in tables of `batchRows`, the last one of what is left. */
  private async *stream(
    sql: string,
    chosen: readonly RelationColumn[],
    batchRows: number,
  ): AsyncGenerator<Table> {
    let connection: DuckDBConnection | undefined;
    const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
      try {
        return await work();
      } catch (error) {
        throw await this.relation.explain(error);
      }
    };
    let pending: Promise<DuckDBDataChunk | null> | undefined;
    try {
      connection = await this.db.connect();
      const open = connection;
      const result = await guarded(() => open.stream(sql));
      let firstRow = 0;
      const fresh = () =>
        chosen.map((column) =>
          collect(column, batchRows, { origin: this.origin, infinite: this.infinite, firstRow }),
        );
      let collectors = fresh();
      let held = 0;
      // The engine fetches the next chunk while this one is taken over.
      pending = guarded(() => result.fetchChunk());
      for (;;) {
        const chunk: DuckDBDataChunk | null = await pending;
        pending = undefined;
        if (chunk === null || chunk.rowCount === 0) break;
        pending = guarded(() => result.fetchChunk());
        const count = chunk.rowCount;
        for (let from = 0; from < count; ) {
          const to = Math.min(count, from + batchRows - held);
          for (let k = 0; k < chosen.length; k++) {
            collectors[k].append(chunk.getColumnVector(k), from, to);
          }
          held += to - from;
          from = to;
          if (held < batchRows) continue;
          yield this.table(
            collectors.map((one) => one.finish()),
            held,
          );
          firstRow += held;
          held = 0;
          collectors = fresh();
        }
      }
      if (held > 0) {
        yield this.table(
          collectors.map((one) => one.finish()),
          held,
        );
      }
    } finally {
      // Who stops early leaves a fetch behind; its outcome no longer matters.
      await pending?.catch(() => undefined);
      connection?.disconnectSync();
    }
  }
}

function expressions(chosen: readonly RelationColumn[]): string {
  // Without a column there are still rows to count.
  if (chosen.length === 0) return "1";
  return chosen.map((column, i) => `${column.expression} AS v${i}`).join(", ");
}

/** A source over a table in memory. */
export function tableSource(table: Table): Source {
  const choose = (names?: readonly string[]): Table => {
    if (names === undefined) return table;
    return { ...table, columns: new Map(names.map((name) => [name, columnOf(table, name)])) };
  };
  return {
    origin: table.origin,
    baseDir: table.baseDir ?? process.cwd(),
    schema: async () =>
      [...table.columns.values()].map(({ name, storage }) => ({ name, storage, sqlType: storage })),
    rowCount: async () => table.rows,
    read: async (columns) => choose(columns),
    async *batches({ columns, batchRows }) {
      checkBatchRows(batchRows);
      const chosen = choose(columns);
      for (let start = 0; start < table.rows; start += batchRows) {
        const size = Math.min(batchRows, table.rows - start);
        yield takeRows(
          chosen,
          Int32Array.from({ length: size }, (_, i) => start + i),
        );
      }
    },
    sample: async (n, seed, columns) =>
      n >= table.rows ? choose(columns) : takeRows(choose(columns), drawRows(n, table.rows, seed)),
    fingerprint: async () => fingerprintTable(table),
    close: () => {},
  };
}

function checkBatchRows(batchRows: number): void {
  if (Number.isSafeInteger(batchRows) && batchRows >= 1) return;
  throw new ConfigError(
    "CONFIG_INVALID",
    `batchRows: a whole number of at least 1; got ${show(batchRows)}`,
  );
}

/** `n` of `rows` indexes without replacement, ascending (Floyd's algorithm: memory for `n` only). */
function drawRows(n: number, rows: number, seed: number): number[] {
  const random = Random.from(seed, "sample");
  const drawn = new Set<number>();
  for (let j = rows - n; j < rows; j++) {
    const k = random.integer(j + 1);
    drawn.add(drawn.has(k) ? j : k);
  }
  return [...drawn].sort((a, b) => a - b);
}
