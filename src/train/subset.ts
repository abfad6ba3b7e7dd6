import type { Arrival, RowStore } from "../data/rows.ts";
import type { Part } from "./problem.ts";

/** Some rows of a store as a store of their own; nothing is copied. */
export function subsetStore(store: RowStore, rows: Int32Array): RowStore {
  return {
    rows: rows.length,
    layout: store.layout,
    gather(indexes, offset, count, outputs) {
      const mapped = new Int32Array(count);
      for (let i = 0; i < count; i++) mapped[i] = rows[indexes[offset + i]] ?? -1;
      store.gather(mapped, 0, count, outputs);
    },
    ...(store.select && {
      select: (entries) => subsetStore(store.select?.(entries) as RowStore, rows),
    }),
    ...(store.arrival && { arrival: subsetArrival(store.arrival, rows) }),
    close() {},
  };
}

function subsetArrival(arrival: Arrival, rows: Int32Array): Arrival {
  const mapped = (picked: Int32Array | readonly number[], offset: number, count: number) =>
    Int32Array.from({ length: count }, (_, i) => rows[picked[offset + i]]);
  return {
    expect: (order) => arrival.expect(mapped(order, 0, order.length)),
    ready: (picked = rows.map((_, i) => i), offset = 0, count = picked.length) =>
      arrival.ready(mapped(picked, offset, count), 0, count),
  };
}

/** Some rows of a part: a view of its store, and their labels. */
export function subsetPart(part: Part, rows: Int32Array): Part {
  const truth = Object.entries(part.truth).map(([task, labels]) => {
    const width = labels.length / part.store.rows;
    const picked = new Float64Array(rows.length * width);
    for (let i = 0; i < rows.length; i++) {
      picked.set(labels.subarray(rows[i] * width, (rows[i] + 1) * width), i * width);
    }
    return [task, picked] as const;
  });
  const store = subsetStore(part.store, rows);
  const { rowWeights } = part;
  if (!rowWeights) return { store, truth: Object.fromEntries(truth) };
  const all = rowWeights();
  const weights = Float64Array.from(rows, (row) => all[row]);
  return { store, truth: Object.fromEntries(truth), rowWeights: () => weights };
}
