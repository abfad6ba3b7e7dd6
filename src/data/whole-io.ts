/** Whole reads and writes at positions of a file, and what their errors are told as. */
import { readSync, writeSync } from "node:fs";
import { BackendError } from "../core/errors.ts";

/** Writes all of the bytes; returns how many they are. */
export function writeAll(file: number, bytes: Uint8Array, position: number): number {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(file, bytes, done, bytes.length - done, position + done);
  }
  return bytes.length;
}

/** Fills all of the bytes. @throws BackendError IO where the file ends first. */
export function readAll(path: string, file: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length; ) {
    const count = readSync(file, bytes, done, bytes.length - done, position + done);
    if (count === 0) {
      throw new BackendError(
        "IO",
        `${path}: ${bytes.length} bytes at ${position}; the file ends first`,
      );
    }
    done += count;
  }
}

/**
 * Does a work on a file.
 * @param what the file is for, such as `encoded rows`.
 * @throws BackendError IO for what the system throws, for example on a full disk.
 */
export function guardFile<T>(path: string, what: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof BackendError) throw cause;
    const { code, message } = cause as NodeJS.ErrnoException;
    const came = code === "ENOSPC" ? "the disk is full" : message;
    throw new BackendError("IO", `${path}: a file for ${what}; ${came}`, {
      hint: code === "ENOSPC" ? "free some space, or give more memory" : undefined,
      cause,
    });
  }
}
