import type { BufferPool } from "../core/buffers.ts";

/** Space on disk for what is sorted or set aside while it is computed. */
export interface Scratch {
  /** A new, empty file that is gone once it is closed. */
  open(): ScratchFile;
  /** Memory for what is at work on the files. */
  readonly buffers: BufferPool;
  /** Records that may be held in memory while they are sorted; 16,384 where absent. */
  readonly heldRecords?: number;
}

/** Numbers in float64, written one after another and read from any place. */
export interface ScratchFile {
  /** Numbers written so far. */
  readonly length: number;
  append(numbers: Float64Array): void;
  /** Fills an array with the numbers from a position on. */
  read(position: number, into: Float64Array): void;
  close(): void;
}
