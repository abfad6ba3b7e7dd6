import {
  closeSync,
  fsyncSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { BackendError } from "../core/errors.ts";

const suffix = ".tmp";

/**
 * Writes a file so that a crash at any moment leaves the old content or the new, never a mixture.
 * @throws BackendError IO; nothing half-written stays behind.
 */
export function writeAtomic(path: string, parts: Iterable<Uint8Array>): void {
  const temporary = `${path}${suffix}`;
  try {
    const file = openSync(temporary, "w");
    try {
      for (const part of parts)
        for (let at = 0; at < part.length; ) at += writeSync(file, part, at);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
    syncFolder(dirname(path));
  } catch (cause) {
    discard(temporary);
    throw new BackendError("IO", `${path}: a file that can be written; ${systemMessage(cause)}`, {
      cause,
      hint: "free some space or choose another folder; what was saved before is untouched",
    });
  }
}

function discard(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Where its folder is none, there is nothing to remove.
  }
}

/** Makes a rename last through a power cut. Windows cannot open folders, and needs it less. */
function syncFolder(path: string): void {
  if (process.platform === "win32") return;
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** Removes what a process that was killed left half-written in a folder. */
export function sweepTemporary(folder: string): void {
  for (const name of readdirSync(folder)) if (name.endsWith(suffix)) unlinkSync(join(folder, name));
}

const meanings: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the file would be larger than the system allows",
  EACCES: "permission is denied",
  EPERM: "permission is denied",
  EROFS: "the disk is read-only",
  ENOENT: "there is no such file or folder",
  ENOTDIR: "a part of the path is a file",
  EEXIST: "there is a file of that name",
  EISDIR: "there is a folder of that name",
};

/** What a refusal of the system means, in words. */
export function systemMessage(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  return meanings[code ?? ""] ?? message;
}
