import type { Pair } from "./pair-corpus.ts";

interface Entry {
  readonly pair: Pair;
  /** The pair's count when it was put here. */
  readonly count: number;
}

/** Pairs by how frequent they are, the lower units first among equals: a binary heap. */
export class PairQueue {
  private readonly heap: Entry[] = [];

  constructor(pairs: Iterable<Pair>) {
    for (const pair of pairs) this.add(pair);
  }

  add(pair: Pair): void {
    const { heap } = this;
    const entry = { pair, count: pair.count };
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!precedes(entry, heap[parent])) break;
      heap[at] = heap[parent];
      at = parent;
    }
    heap[at] = entry;
  }

  /** Takes out the most frequent pair; undefined where there is none. */
  take(): Pair | undefined {
    for (;;) {
      const entry = this.pop();
      if (entry === undefined) return undefined;
      if (entry.count === entry.pair.count) return entry.pair;
      // It has become rarer since, or more frequent, and then it is here again.
      if (entry.pair.count > 0 && entry.pair.count < entry.count) this.add(entry.pair);
    }
  }

  private pop(): Entry | undefined {
    const { heap } = this;
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && precedes(heap[child + 1], heap[child])) child++;
      if (!precedes(heap[child], last)) break;
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

function precedes(a: Entry, b: Entry): boolean {
  if (a.count !== b.count) return a.count > b.count;
  if (a.pair.left !== b.pair.left) return a.pair.left < b.pair.left;
  return a.pair.right < b.pair.right;
}
