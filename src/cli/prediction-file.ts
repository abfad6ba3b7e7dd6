import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { extname } from "node:path";
import { type DuckDBAppender, type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { ConfigError, show } from "../core/errors.ts";
import { parseMemoryLimit } from "../data/byte-size.ts";
import { sqlName, sqlText } from "../data/duckdb.ts";
import type { PredictionColumn } from "../model/columns.ts";

/** Predictions of some consecutive rows; the columns are the same in every chunk. */
export interface PredictionChunk {
  readonly rows: number;
  readonly columns: readonly PredictionColumn[];
}

/** A table being written: under a temporary name until `finish`, so that a file is whole or not there. */
export interface PredictionFile {
  write(chunk: PredictionChunk): Promise<void>;
  finish(): Promise<void>;
  /** Removes what was written. */
  discard(): void;
}

/**
 * Opens a file for predictions, CSV or Parquet by its ending.
 * @param memoryLimit of what a Parquet file is put together in; 512MB where absent.
 * @throws ConfigError USAGE for another ending; what the file system throws.
 */
export function openPredictionFile(path: string, memoryLimit?: string): Promise<PredictionFile> {
  return writerFor(path)(memoryLimit);
}

/** What opens a file of its ending. @throws ConfigError USAGE for another ending. */
export function writerFor(path: string): (memoryLimit?: string) => Promise<PredictionFile> {
  const ending = extname(path).toLowerCase();
  if (ending === ".csv") return async () => new DelimitedFile(path, ",");
  if (ending === ".tsv") return async () => new DelimitedFile(path, "\t");
  if (ending === ".parquet" || ending === ".pq")
    return (memoryLimit) => ParquetFile.open(path, memoryLimit);
  throw new ConfigError(
    "USAGE",
    `--out: a file that ends in .csv, .tsv or .parquet; got ${show(path)}`,
  );
}

function temporaryName(path: string): string {
  return `${path}.${process.pid}.tmp`;
}

/** Moves a finished file to its name, its bytes being on the disk before. */
function publish(temporary: string, path: string): void {
  const handle = openSync(temporary, "r+");
  fsyncSync(handle);
  closeSync(handle);
  renameSync(temporary, path);
}

class DelimitedFile implements PredictionFile {
  private readonly path: string;
  private readonly delimiter: string;
  private readonly temporary: string;
  private readonly handle: number;
  private headed = false;

  constructor(path: string, delimiter: string) {
    this.path = path;
    this.delimiter = delimiter;
    this.temporary = temporaryName(path);
    this.handle = openSync(this.temporary, "w");
  }

  async write({ rows, columns }: PredictionChunk): Promise<void> {
    const lines: string[] = [];
    if (!this.headed) lines.push(this.line(columns.map(({ name }) => name)));
    this.headed = true;
    for (let row = 0; row < rows; row++) lines.push(this.line(columns.map((c) => c.value(row))));
    if (lines.length === 0) return;
    const bytes = Buffer.from(`${lines.join("\n")}\n`);
    for (let at = 0; at < bytes.length; ) at += writeSync(this.handle, bytes, at);
  }

  async finish(): Promise<void> {
    closeSync(this.handle);
    publish(this.temporary, this.path);
  }

  discard(): void {
    closeSync(this.handle);
    rmSync(this.temporary, { force: true });
  }

  private line(cells: readonly (number | boolean | string)[]): string {
    return cells.map((cell) => this.cell(cell)).join(this.delimiter);
  }

  private cell(value: number | boolean | string): string {
    if (typeof value !== "string")
      return typeof value === "number" && Number.isNaN(value) ? "" : String(value);
    // An empty text is quoted: bare, it would read as a missing cell.
    const plain = value !== "" && !/["\r\n]/.test(value) && !value.includes(this.delimiter);
    return plain ? value : `"${value.replaceAll('"', '""')}"`;
  }
}

const sqlTypes = { number: "DOUBLE", boolean: "BOOLEAN", string: "VARCHAR" } as const;

class ParquetFile implements PredictionFile {
  private readonly path: string;
  private readonly temporary: string;
  private readonly instance: DuckDBInstance;
  private readonly connection: DuckDBConnection;
  private appender: DuckDBAppender | undefined;
  private types: ("number" | "boolean" | "string")[] = [];

  private constructor(path: string, instance: DuckDBInstance, connection: DuckDBConnection) {
    this.path = path;
    this.temporary = temporaryName(path);
    this.instance = instance;
    this.connection = connection;
  }

  static async open(path: string, memoryLimit = "512MB"): Promise<ParquetFile> {
    // Found out now rather than after an hour of predicting: whether the place can be written.
    closeSync(openSync(temporaryName(path), "w"));
    const instance = await DuckDBInstance.create(":memory:", {
      autoinstall_known_extensions: "false",
      autoload_known_extensions: "false",
      temp_directory: `${temporaryName(path)}.spill`,
      memory_limit: `${Math.floor(parseMemoryLimit(memoryLimit) / 1000)}KB`,
      threads: "1",
    });
    return new ParquetFile(path, instance, await instance.connect());
  }

  async write({ rows, columns }: PredictionChunk): Promise<void> {
    if (rows === 0) return;
    if (this.appender === undefined) {
      this.types = columns.map((c) => typeof c.value(0) as "number" | "boolean" | "string");
      const declared = columns.map((c, k) => `${sqlName(c.name)} ${sqlTypes[this.types[k]]}`);
      await this.connection.run(`CREATE TABLE predictions (${declared.join(", ")})`);
      this.appender = await this.connection.createAppender("predictions");
    }
    const { appender, types } = this;
    for (let row = 0; row < rows; row++) {
      for (let k = 0; k < columns.length; k++) {
        const value = columns[k].value(row);
        if (typeof value === "number" && Number.isNaN(value)) appender.appendNull();
        else if (types[k] === "number") appender.appendDouble(value as number);
        else if (types[k] === "boolean") appender.appendBoolean(value as boolean);
        else appender.appendVarchar(value as string);
      }
      appender.endRow();
    }
    appender.flushSync();
  }

  async finish(): Promise<void> {
    this.appender?.closeSync();
    if (this.appender === undefined)
      await this.connection.run("CREATE TABLE predictions (nothing INTEGER)");
    await this.connection.run(`COPY predictions TO ${sqlText(this.temporary)} (FORMAT parquet)`);
    this.close();
    publish(this.temporary, this.path);
  }

  discard(): void {
    this.close();
    rmSync(this.temporary, { force: true });
  }

  private close(): void {
    this.connection.disconnectSync();
    this.instance.closeSync();
    rmSync(`${this.temporary}.spill`, { recursive: true, force: true });
  }
}
