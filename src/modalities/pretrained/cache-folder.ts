import { mkdirSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { BackendError } from "../../core/errors.ts";

/**
 * Where converted encoders and the outputs of frozen ones are kept: `$POLYTASK_CACHE`, else `polytask` in
 * `$XDG_CACHE_HOME`, else `~/.cache/polytask`. Everything in it can be deleted: it is made again.
 */
export function cacheFolder(): string {
  const { POLYTASK_CACHE, XDG_CACHE_HOME } = process.env;
  if (POLYTASK_CACHE) return POLYTASK_CACHE;
  return join(XDG_CACHE_HOME || join(homedir(), ".cache"), "polytask");
}

/**
 * Fills a new folder, whole or not at all: files are written beside it and renamed. A folder that is there
 * already, or that another process makes first, is kept.
 * @throws BackendError IO where the cache cannot be written.
 */
export function makeFolder(
  path: string,
  files: () => Readonly<Record<string, Uint8Array | string>>,
): void {
  if (exists(path)) return;
  attempt(path, () => {
    mkdirSync(dirname(path), { recursive: true });
    const draft = mkdtempSync(`${path}.`);
    try {
      for (const [name, content] of Object.entries(files()))
        writeFileSync(join(draft, name), content);
      renameSync(draft, path);
    } catch (error) {
      rmSync(draft, { recursive: true, force: true });
      if (!exists(path)) throw error;
    }
  });
}

/** Writes a file whole or not at all. @throws BackendError IO where the cache cannot be written. */
export function makeFile(path: string, content: Uint8Array): void {
  attempt(path, () => {
    mkdirSync(dirname(path), { recursive: true });
    const draft = `${path}.${process.pid}`;
    writeFileSync(draft, content);
    renameSync(draft, path);
  });
}

function attempt(path: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    if ((error as { code?: unknown }).code === undefined || error instanceof BackendError)
      throw error;
    throw new BackendError(
      "IO",
      `cache: a folder that can be written; got ${path} (${(error as Error).message})`,
      { cause: error, hint: "set POLYTASK_CACHE to another folder" },
    );
  }
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
