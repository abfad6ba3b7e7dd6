import { BackendError } from "../../core/errors.ts";
import { node } from "./node.ts";

/**
 * Where converted encoders and the outputs of frozen ones are kept: `$POLYTASK_CACHE`, else `polytask` in
 * `$XDG_CACHE_HOME`, else `~/.cache/polytask`. Everything in it can be deleted: it is made again.
 */
export function cacheFolder(): string {
  const { POLYTASK_CACHE, XDG_CACHE_HOME } = process.env;
  if (POLYTASK_CACHE) return POLYTASK_CACHE;
  return node.path.join(XDG_CACHE_HOME || node.path.join(node.os.homedir(), ".cache"), "polytask");
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
    node.fs.mkdirSync(node.path.dirname(path), { recursive: true });
    const draft = node.fs.mkdtempSync(`${path}.`);
    try {
      for (const [name, content] of Object.entries(files()))
        node.fs.writeFileSync(node.path.join(draft, name), content);
      node.fs.renameSync(draft, path);
    } catch (error) {
      node.fs.rmSync(draft, { recursive: true, force: true });
      if (!exists(path)) throw error;
    }
  });
}

/** Writes a file whole or not at all. @throws BackendError IO where the cache cannot be written. */
export function makeFile(path: string, content: Uint8Array): void {
  attempt(path, () => {
    node.fs.mkdirSync(node.path.dirname(path), { recursive: true });
    const draft = `${path}.${process.pid}`;
    node.fs.writeFileSync(draft, content);
    node.fs.renameSync(draft, path);
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
  return node.fs.statSync(path, { throwIfNoEntry: false }) !== undefined;
}
