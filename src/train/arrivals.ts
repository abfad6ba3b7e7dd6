/** Inputs that are encoded while the rows they belong to are in use. */
import { setImmediate } from "node:timers/promises";
import { CompileError } from "../core/errors.ts";
import {
  allocateBatch,
  type RowArray,
  type RowLayout,
  type RowStore,
  type WrittenRows,
} from "../data/rows.ts";
import { ArrivingPart } from "./arriving-part.ts";
import type { LateCells } from "./late-cells.ts";
import type { NumberedBatch } from "./numbered-batches.ts";

/** Rows that are encoded together. */
const chunkRows = 8;
/** How many chunks are at work at once: files wait for disks, and other threads decode them. */
const chunksAtOnce = 16;

/** Encodes the late entries of rows into arrays, one an entry, which are 0. */
export type EncodeLate = (batch: NumberedBatch, arrays: readonly RowArray[]) => Promise<void>;

/**
 * Makes the late entries of several parts in the background: first what is asked for, then what is expected, then
 * the rest, one part after another. What comes out does not depend on the order.
 */
export class Arrivals {
  private readonly late: RowLayout;
  private readonly encode: EncodeLate;
  private readonly parts: ArrivingPart[] = [];
  private failure: { readonly error: unknown } | undefined;
  private closed = false;
  private readonly waiters: (() => void)[] = [];

  /** @param late the entries that arrive, in the order of the layout. */
  constructor(late: RowLayout, encode: EncodeLate) {
    this.late = late;
    this.encode = encode;
  }

  /** The rows of a store whose late entries are made of the cells; closing one of a store ends all work. */
  add(store: WrittenRows, cells: LateCells): RowStore {
    const part = new ArrivingPart(store, cells, this.late);
    this.parts.push(part);
    return part.reader({
      expect: (order, first) => part.expect(order, first),
      ready: (rows, offset, count) => this.ready(part, rows, offset, count),
      close: () => this.close(),
    });
  }

  /** Begins to work. What goes wrong is told to whoever waits for rows. */
  start(): void {
    for (let i = 0; i < chunksAtOnce; i++) void this.work();
  }

  private async work(): Promise<void> {
    for (;;) {
      // Cells in memory that this thread decodes would leave nothing else a turn.
      await setImmediate();
      if (this.failure || this.closed) return;
      const part = this.parts.find((p) => p.isAsked()) ?? this.parts.find((p) => p.hasWaiting());
      if (part === undefined) return;
      try {
        await this.make(part, part.take(chunkRows));
      } catch (error) {
        this.failure ??= { error };
      }
      this.wake();
    }
  }

  private async make(part: ArrivingPart, rows: Int32Array): Promise<void> {
    for (const { places, batch } of part.read(rows)) {
      const arrays = allocateBatch(this.late, places.length);
      await this.encode(batch, arrays);
      if (this.closed) return;
      part.put(places, arrays);
    }
  }

  private async ready(
    part: ArrivingPart,
    rows?: Int32Array | readonly number[],
    offset = 0,
    count = (rows?.length ?? 0) - offset,
  ): Promise<void> {
    let at = offset;
    const isReady = () => {
      if (rows === undefined) return part.isComplete();
      while (at < offset + count && part.isThere(rows[at])) at++;
      return at === offset + count;
    };
    // Whoever computes between two questions leaves files and decoders no turn to go on.
    if (!part.isComplete()) await setImmediate();
    if (rows && !isReady()) part.ask(Int32Array.from(rows.slice(offset, offset + count)));
    while (!isReady() || this.failure) {
      if (this.failure) throw this.failure.error;
      if (this.closed) throw new CompileError("rows: a store that is open; it was closed");
      await new Promise<void>((resolve) => this.waiters.push(resolve));
    }
  }

  private wake(): void {
    for (const wake of this.waiters.splice(0)) wake();
  }

  private close(): void {
    if (this.closed) return;
    this.closed = true;
    for (const part of this.parts) part.close();
    this.wake();
  }
}
