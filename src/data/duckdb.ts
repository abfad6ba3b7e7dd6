import { statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DuckDBConnection, DuckDBInstance, type DuckDBValue } from "@duckdb/node-api";
import { parseMemoryLimit } from "./byte-size.ts";
import type { DataFile } from "./files.ts";

/** An in-process DuckDB that reads files; nothing is written but spill files in the temporary folder. */
export interface Database {
  /** Bytes asked for, or undefined for the engine's default. */
  readonly memoryLimit: number | undefined;
  /** A connection of its own, so that a stream in progress is not disturbed by another query. */
  connect(): Promise<DuckDBConnection>;
  /** All rows of a small result. */
  rows(sql: string): Promise<DuckDBValue[][]>;
  close(): void;
}

/**
 * Opens a database that installs and loads no extension from the network.
 * @param memoryLimit bytes or a size such as `"512MB"` for DuckDB's buffers; more is spilled to disk.
 * @throws ConfigError CONFIG_INVALID for a limit that is no size or below 48 MB.
 */
export async function openDatabase(memoryLimit?: number | string): Promise<Database> {
  const options: Record<string, string> = {
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
    temp_directory: join(tmpdir(), `polytask-spill-${process.pid}`),
  };
  const bytes = memoryLimit === undefined ? undefined : parseMemoryLimit(memoryLimit);
  if (bytes !== undefined) {
    options.memory_limit = `${Math.floor(bytes / 1000)}KB`;
    // Every thread holds file buffers of its own: under a tight limit there is room for few.
    if (bytes < 512e6) options.threads = bytes < 128e6 ? "1" : "2";
  }
  const instance = await DuckDBInstance.create(":memory:", options);
  let shared: DuckDBConnection | undefined;
  const connect = async () => {
    const connection = await instance.connect();
    await connection.run("SET TimeZone = 'UTC'");
    return connection;
  };
  return {
    memoryLimit: bytes,
    connect,
    async rows(sql) {
      shared ??= await connect();
      const result = await shared.run(sql);
      return result.getRows();
    },
    close() {
      shared?.disconnectSync();
      instance.closeSync();
    },
  };
}

/** Text files up to this many bytes in all are parsed once and kept in the engine's own columns. */
const keptBytes = 256 << 20;

/**
 * What to select the rows of text files from: small files are loaded into a table, so that they are
 * parsed once however often they are read; larger ones, and all where memory is limited to little more
 * than them, are parsed at each pass.
 */
export async function load(
  db: Database,
  files: readonly DataFile[],
  scan: string,
): Promise<string> {
  const bytes = files.reduce((sum, file) => {
    const { size } = statSync(file.path);
    return sum + (file.path.endsWith(".gz") ? size * 8 : size);
  }, 0);
  if (bytes > Math.min(keptBytes, (db.memoryLimit ?? Number.POSITIVE_INFINITY) / 8)) return scan;
  await db.rows(`CREATE OR REPLACE TABLE polytask_rows AS SELECT * FROM ${scan}`);
  return "polytask_rows";
}

/** A string literal of SQL. */
export function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A quoted identifier of SQL. */
export function sqlName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The first line of a DuckDB message without its error class and the echo of the query. */
export function briefMessage(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const first = text.split("\n").find((line) => line.trim() !== "") ?? text;
  return first
    .replace(/^(?:[A-Z][A-Za-z]*(?: [A-Za-z/]+)? Error: )+/, "")
    .replace(/\.\s*$/, "")
    .trim();
}
