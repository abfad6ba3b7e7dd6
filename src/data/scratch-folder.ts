import { closeSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { BufferPool } from "../core/buffers.ts";
import { BackendError } from "../core/errors.ts";
import { fileRowWriter } from "./row-file.ts";
import type { RowLayout, RowStoreWriter } from "./rows.ts";
import type { Scratch, ScratchFile } from "./scratch.ts";

/** A folder for files that do not outlive their use. */
export interface ScratchFolder extends Scratch {
  /** A writer of rows whose store removes its file when it is closed. */
  rows(layout: RowLayout): RowStoreWriter;
}

let opened = 0;

/**
 * Scratch files in a folder that is there, under names that no other use of it has.
 * @throws BackendError IO where a file cannot be written or read, for example on a full disk.
 */
export function scratchFolder(folder: string): ScratchFolder {
  const next = () => join(folder, `scratch-${process.pid}-${opened++}`);
  return {
    buffers: new BufferPool(),
    open: () => openScratch(next()),
    rows(layout) {
      const path = next();
      const writer = fileRowWriter(layout, path);
      return {
        ...writer,
        finish() {
          const store = writer.finish();
          return {
            ...store,
            close() {
              store.close();
              rmSync(path, { force: true });
            },
          };
        },
      };
    },
  };
}

function openScratch(path: string): ScratchFile {
  const file = guard(path, () => openSync(path, "w+"));
  let length = 0;
  return {
    get length() {
      return length;
    },
    append(numbers) {
      const bytes = bytesOf(numbers);
      guard(path, () => {
        for (let done = 0; done < bytes.length; )
          done += writeSync(file, bytes, done, bytes.length - done, length * 8 + done);
      });
      length += numbers.length;
    },
    read(position, into) {
      const bytes = bytesOf(into);
      for (let done = 0; done < bytes.length; ) {
        const count = guard(path, () =>
          readSync(file, bytes, done, bytes.length - done, position * 8 + done),
        );
        if (count === 0) {
          throw new BackendError(
            "IO",
            `${path}: ${into.length} numbers at ${position}; the file has ${length}`,
          );
        }
        done += count;
      }
    },
    close() {
      closeSync(file);
      rmSync(path, { force: true });
    },
  };
}

function bytesOf(numbers: Float64Array): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

function guard<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const came = code === "ENOSPC" ? "the disk is full" : message;
    throw new BackendError("IO", `${path}: a file for numbers set aside; ${came}`, {
      hint: code === "ENOSPC" ? "free some space, or give more memory" : undefined,
      cause,
    });
  }
}
