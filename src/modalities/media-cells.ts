/** Cells that are files: their bytes, or paths of them. */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { PolytaskError, show } from "../core/errors.ts";
import type { Column } from "../data/columns.ts";
import type { EncodeContext } from "./modality.ts";

/** Files read at a time. */
const inFlight = 4;

/** What messages call the files of a modality. */
export interface MediaWords {
  /** Such as `a picture file`. */
  readonly file: string;
  /** What is expected of one that was found, such as `a picture that can be decoded`. */
  readonly content: string;
  /** What is wrong with a file: the first line of the error, and its bytes where they were read. */
  fault(message: string, bytes: Uint8Array | undefined): string;
}

/**
 * Hands the bytes of each cell to `visit`, four at a time. A cell is bytes or the path of a file, relative to the
 * table; one that cannot be read, or that `visit` throws at, is a problem.
 * @returns 1 for each row that was visited.
 * @throws PolytaskError that `visit` throws, which is no fault of the cell.
 */
export async function eachFile(
  column: Column,
  context: EncodeContext,
  words: MediaWords,
  visit: (row: number, bytes: Uint8Array) => Promise<void>,
): Promise<Uint8Array> {
  const done = new Uint8Array(column.length);
  const problems = new Map<number, string>();
  let next = 0;
  const work = async () => {
    while (next < column.length) {
      const row = next++;
      const source = sourceAt(column, row);
      if (source === null) continue;
      let bytes: Uint8Array | undefined;
      try {
        bytes = typeof source === "string" ? await load(source, context.baseDir) : source;
        await visit(row, bytes);
        done[row] = 1;
      } catch (error) {
        problems.set(row, reason(error, source, bytes, words));
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(inFlight, column.length) }, work));
  // Reported in order of rows, whichever file was done first.
  for (const [row, message] of [...problems].sort(([a], [b]) => a - b))
    context.problem(row, message);
  return done;
}

function sourceAt(column: Column, row: number): Uint8Array | string | null {
  if (column.storage === "bytes") return column.values[row];
  if (column.storage !== "string" || column.codes[row] < 0) return null;
  return column.dictionary[column.codes[row]].trim() || null;
}

async function load(path: string, baseDir: string | undefined): Promise<Uint8Array> {
  return readFile(baseDir === undefined ? path : resolve(baseDir, path));
}

function reason(
  error: unknown,
  source: Uint8Array | string,
  bytes: Uint8Array | undefined,
  { file, content, fault }: MediaWords,
): string {
  if (error instanceof PolytaskError) throw error;
  const { code, message } = error as { code?: unknown; message?: unknown };
  const what = typeof source === "string" ? show(source) : `${source.length} bytes`;
  if (code === "ENOENT") return `${file}; got ${what}, which does not exist`;
  if (code === "EISDIR") return `${file}; got ${what}, which is a folder`;
  if (code === "EACCES") return `${file} that may be read; got ${what}`;
  return `${content}; got ${what} (${fault(String(message).split("\n")[0], bytes)})`;
}
