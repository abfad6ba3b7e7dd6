import { CompileError } from "../core/errors.ts";
import {
  type Arrival,
  type PlacedOrder,
  type RowArray,
  type RowLayout,
  type RowStore,
  selectEntries,
  type WrittenRows,
} from "../data/rows.ts";
import type { LateCells, PlacedBatch } from "./late-cells.ts";

/** Where a row stands. */
const [waiting, begun, there] = [0, 1, 2];

/** Rows in the order in which they are wanted; none before `next` is waiting. */
interface Queue {
  readonly rows: PlacedOrder;
  next: number;
}

function rowOf({ rows, next }: Queue): number {
  return rows.at(next) as number;
}

/** The rows of one part, some of whose entries arrive: which are there, and which are to be made next. */
export class ArrivingPart {
  private readonly store: WrittenRows;
  private readonly cells: LateCells;
  /** Neighbouring late entries: where they begin in the layout and among the late ones, and how many they are. */
  private readonly spans: readonly { readonly at: number; readonly from: number; count: number }[];
  private readonly state: Uint8Array;
  /** Rows that are not there. */
  private left: number;
  /** Asked for now, the last first; then those that are expected; then all. */
  private asked: Queue[] = [];
  private expected: Queue | undefined;
  private next = 0;

  constructor(store: WrittenRows, cells: LateCells, late: RowLayout) {
    this.store = store;
    this.cells = cells;
    this.state = new Uint8Array(store.rows);
    this.left = store.rows;
    const spans: { readonly at: number; readonly from: number; count: number }[] = [];
    late.forEach(({ name }, from) => {
      const at = store.layout.findIndex((entry) => entry.name === name);
      const last = spans.at(-1);
      if (last && last.at + last.count === at) last.count++;
      else spans.push({ at, from, count: 1 });
    });
    this.spans = spans;
  }

  isThere(row: number): boolean {
    return this.left === 0 || this.state[row] === there;
  }

  isComplete(): boolean {
    return this.left === 0;
  }

  isAsked(): boolean {
    this.asked = this.asked.filter((queue) => this.forward(queue));
    return this.asked.length > 0;
  }

  hasWaiting(): boolean {
    while (this.next < this.state.length && this.state[this.next] !== waiting) this.next++;
    return this.next < this.state.length;
  }

  expect(rows: PlacedOrder, first = 0): void {
    this.expected = { rows, next: first };
  }

  ask(rows: Int32Array): void {
    this.asked.unshift({ rows, next: 0 });
  }

  /** Takes up to so many of the rows that are to be made next. */
  take(most: number): Int32Array {
    const rows: number[] = [];
    const begin = (row: number) => {
      this.state[row] = begun;
      rows.push(row);
    };
    for (const queue of [...this.asked, ...(this.expected ? [this.expected] : [])])
      while (rows.length < most && this.forward(queue)) begin(rowOf(queue));
    while (rows.length < most && this.hasWaiting()) begin(this.next);
    return Int32Array.from(rows);
  }

  /** Moves on to the next waiting row of a queue; false where there is none. */
  private forward(queue: Queue): boolean {
    const { length } = queue.rows;
    while (queue.next < length && this.state[rowOf(queue)] !== waiting) queue.next++;
    return queue.next < length;
  }

  read(rows: Int32Array): PlacedBatch[] {
    return this.cells.read(rows);
  }

  /** Takes the late entries of some rows. */
  put(places: Int32Array, arrays: readonly RowArray[]): void {
    for (const { at, from, count } of this.spans)
      this.store.put(places, at, arrays.slice(from, from + count));
    for (const row of places) this.state[row] = there;
    this.left -= places.length;
    if (this.left === 0) this.cells.close();
  }

  close(): void {
    if (this.left > 0) this.cells.close();
    this.store.close();
  }

  /** What reads the rows, and refuses those that are not there. */
  reader({ close, ...arrival }: Arrival & { close(): void }): RowStore {
    const { layout } = this.store;
    const late = layout.map((_, k) => this.spans.some((s) => s.at <= k && k < s.at + s.count));
    return this.guarded(this.store, late, arrival, close);
  }

  private guarded(
    store: RowStore,
    late: readonly boolean[],
    arrival: Arrival,
    close: () => void,
  ): RowStore {
    const { rows, layout, filed } = store;
    return {
      rows,
      layout,
      ...(filed && { filed }),
      gather: (indexes, offset, count, outputs) => {
        for (let i = offset; i < offset + count && this.left > 0; i++) {
          if (this.state[indexes[i]] === waiting || this.state[indexes[i]] === begun)
            throw new CompileError(`rows: one that has arrived; row ${indexes[i]} has not`);
        }
        store.gather(indexes, offset, count, outputs);
      },
      select: (entries) => {
        const renamed = entries.map(({ at, name }) => ({ from: layout[at].name, to: name }));
        const selected = selectEntries(store, renamed);
        const own = entries.map(({ at }) => late[at]);
        return own.includes(true) ? this.guarded(selected, own, arrival, () => {}) : selected;
      },
      arrival,
      close,
    };
  }
}
