import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DuckDBConnection, DuckDBInstance, type DuckDBValue } from "@duckdb/node-api";
import { ConfigError, show } from "../core/errors.ts";
import { parseByteSize } from "./byte-size.ts";

/** An in-process DuckDB that reads files; nothing is written but spill files in the temporary folder. */
export interface Database {
  /** A connection of its own, so that a stream in progress is not disturbed by another query. */
  connect(): Promise<DuckDBConnection>;
  /** All rows of a small result. */
  rows(sql: string): Promise<DuckDBValue[][]>;
  close(): void;
}

/** Below this DuckDB cannot hold the buffers of one file being read. */
const smallestLimit = 48e6;

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
  if (memoryLimit !== undefined) {
    const bytes = parseByteSize(memoryLimit);
    if (bytes < smallestLimit) {
      throw new ConfigError(
        "CONFIG_INVALID",
        `memoryLimit: at least 48MB; got ${show(memoryLimit)}`,
      );
    }
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
