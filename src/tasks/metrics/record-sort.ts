import { LentRoom, type Room } from "../../core/buffers.ts";
import type { Scratch, ScratchFile } from "../../data/scratch.ts";
import { argsort } from "./order.ts";

/** Records that are sorted in memory at a time, unless the scratch space says otherwise. */
const mostHeld = 1 << 14;
/** Records of all runs together that a merge reads ahead. */
const readAhead = 1 << 14;
/** Records read at once from a run, at least. */
const leastRead = 16;

export interface SortOptions {
  /** Numbers of a record. */
  readonly width: 2 | 3;
  /** How many of them, from the first, it is sorted by. */
  readonly keys: 1 | 2;
  /** Sorts that go on at once, this one included; they share the memory. */
  readonly among?: number;
  /** Looks at the records of each run: as they came, and their places in order. */
  onRun?(records: Float64Array, order: Int32Array): void;
}

/** Reads sorted records one after another; no other is read once the sort is closed. */
export interface SortedCursor {
  /** The numbers of the present record. */
  readonly record: Float64Array;
  /** The run that it came in; runs are consecutive records, in the order in which they came. */
  readonly run: number;
  /** Goes to the next record, the first at first; false where there is none. */
  next(): boolean;
}

/**
 * Sorts more records of float64 numbers than memory should hold, ascending, equal ones as they came: runs
 * are sorted in memory, kept in a scratch file and merged. NaN is not allowed. @cite knuth1998
 */
export class RecordSort {
  readonly width: number;
  private readonly options: SortOptions;
  private readonly scratch: Scratch;
  private readonly held: number;
  /** Records that are in no run yet; sorted once all are there, where they are the only run. */
  private block: Float64Array;
  private readonly room: LentRoom;
  private readonly blockRoom: LentRoom;
  private filled = 0;
  private file: ScratchFile | undefined;
  /** Where each run on disk ends, in records. */
  private readonly ends: number[] = [];
  private complete = false;

  constructor(scratch: Scratch, options: SortOptions) {
    this.width = options.width;
    this.options = options;
    this.scratch = scratch;
    const { heldRecords = mostHeld } = scratch;
    this.held = Math.max(1, Math.floor(heldRecords / (options.among ?? 1)));
    this.room = new LentRoom(scratch.buffers);
    this.blockRoom = new LentRoom(scratch.buffers);
    this.block = this.blockRoom.float64(Math.min(this.held, 1024) * this.width);
  }

  /** Adds a record; `c` is left out where records have two numbers. */
  add(a: number, b: number, c = 0): void {
    const { width } = this;
    if (this.filled === this.held) this.spill();
    let at = this.filled * width;
    if (at === this.block.length) {
      const old = this.block;
      const before = this.blockRoom.release();
      this.block = this.blockRoom.float64(Math.min(this.held * width, at * 2));
      this.block.set(old);
      before();
    }
    this.block[at++] = a;
    this.block[at++] = b;
    if (width === 3) this.block[at] = c;
    this.filled++;
  }

  /** Starts over at the least record; several may read at once. No record is added after the first. */
  read(): SortedCursor {
    if (!this.complete) {
      if (this.ends.length > 0) {
        this.spill();
        this.blockRoom.reset();
      } else {
        this.block.set(this.sorted());
        this.room.reset();
      }
      this.complete = true;
    }
    if (!this.file) return heldCursor(this.block, this.filled, this.width);
    return mergeCursor(this.file, this.ends, this.width, this.options.keys, this.room);
  }

  close(): void {
    this.file?.close();
    this.file = undefined;
    this.room.reset();
    this.blockRoom.reset();
  }

  private spill(): void {
    if (this.filled === 0) return;
    this.file ??= this.scratch.open();
    this.file.append(this.sorted());
    this.room.reset();
    this.ends.push((this.ends.at(-1) ?? 0) + this.filled);
    this.filled = 0;
  }

  /** The records of the block, sorted. */
  private sorted(): Float64Array {
    const { width, filled, block } = this;
    const order = this.order();
    this.options.onRun?.(block, order);
    const out = this.room.float64(filled * width);
    for (let i = 0; i < filled; i++) {
      const from = order[i] * width;
      for (let k = 0; k < width; k++) out[i * width + k] = block[from + k];
    }
    return out;
  }

  private order(): Int32Array {
    const { width, filled, block, room } = this;
    const first = room.float64(filled);
    for (let i = 0; i < filled; i++) first[i] = block[i * width];
    if (this.options.keys === 1) return argsort(first, room);
    const second = room.float64(filled);
    for (let i = 0; i < filled; i++) second[i] = block[i * width + 1];
    // By the last key, then by the first with equal ones left as they stand.
    const bySecond = argsort(second, room);
    for (let i = 0; i < filled; i++) first[i] = block[bySecond[i] * width];
    const order = argsort(first, room);
    for (let i = 0; i < filled; i++) order[i] = bySecond[order[i]];
    return order;
  }
}

function heldCursor(records: Float64Array, count: number, width: number): SortedCursor {
  const record = new Float64Array(width);
  let at = 0;
  return {
    record,
    run: 0,
    next() {
      if (at === count) return false;
      for (let k = 0; k < width; k++) record[k] = records[at * width + k];
      at++;
      return true;
    },
  };
}

/** Merges the runs of a file, the run with the least record on top of a heap. */
function mergeCursor(
  file: ScratchFile,
  ends: readonly number[],
  width: number,
  keys: number,
  room: Room,
): SortedCursor {
  const runs = ends.length;
  const ahead = Math.max(leastRead, Math.floor(readAhead / runs));
  const none: Float64Array = new Float64Array(0);
  const buffers = ends.map(() => none);
  const all = room.float64(runs * ahead * width);
  const position = Int32Array.from(ends, (_, run) => (run === 0 ? 0 : ends[run - 1]));
  const at = new Int32Array(runs);
  const heap = Int32Array.from(ends, (_, run) => run);
  let size = runs;

  const fill = (run: number): boolean => {
    const count = Math.min(ahead, ends[run] - position[run]);
    if (count === 0) return false;
    const start = run * ahead * width;
    if (buffers[run].length !== count * width)
      buffers[run] = all.subarray(start, start + count * width);
    file.read(position[run] * width, buffers[run]);
    position[run] += count;
    at[run] = 0;
    return true;
  };
  const before = (a: number, b: number): boolean => {
    for (let k = 0; k < keys; k++) {
      const x = buffers[a][at[a] + k];
      const y = buffers[b][at[b] + k];
      if (x !== y) return x < y;
    }
    return a < b;
  };
  const sink = (from: number): void => {
    const run = heap[from];
    let place = from;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= size) break;
      if (child + 1 < size && before(heap[child + 1], heap[child])) child++;
      if (!before(heap[child], run)) break;
      heap[place] = heap[child];
      place = child;
    }
    heap[place] = run;
  };

  for (let run = 0; run < runs; run++) fill(run);
  for (let i = (size >> 1) - 1; i >= 0; i--) sink(i);
  const record = new Float64Array(width);
  let present = 0;
  return {
    record,
    get run() {
      return present;
    },
    next() {
      if (size === 0) return false;
      present = heap[0];
      const buffer = buffers[present];
      for (let k = 0; k < width; k++) record[k] = buffer[at[present] + k];
      at[present] += width;
      if (at[present] === buffer.length && !fill(present)) heap[0] = heap[--size];
      sink(0);
      return true;
    },
  };
}
