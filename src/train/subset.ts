import type { Arrival, RowStore } from "../data/rows.ts";
import type { FiledRows, Part } from "./problem.ts";

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
    expect: (order, first) =>
      arrival.expect(
        { length: order.length, at: (place) => rows[order.at(place) as number] },
        first,
      ),
    ready: (picked = rows.map((_, i) => i), offset = 0, count = picked.length) =>
      arrival.ready(mapped(picked, offset, count), 0, count),
  };
}

/** Some rows of a part: a view of its store, and their labels. */
export function subsetPart(part: Part, rows: Int32Array): Part {
  const { filed, rowWeights } = part;
  const store = subsetStore(part.store, rows);
  const truth = Object.fromEntries(
    Object.keys(part.truth).map((task) => [
      task,
      filed
        ? pickRows(rows, (row) => filed.truth(task, row, 1))
        : pickHeld(part.truth[task], part.store.rows, rows),
    ]),
  );
  if (!rowWeights) return { store, truth };
  const weights = filed?.weights
    ? pickRows(rows, (row) => (filed.weights as NonNullable<FiledRows["weights"]>)(row, 1))
    : pickHeld(rowWeights(), part.store.rows, rows);
  return { store, truth, rowWeights: () => weights };
}

function pickHeld(all: Float64Array, count: number, rows: Int32Array): Float64Array {
  const width = all.length / count;
  return pickRows(rows, (row) => all.subarray(row * width, (row + 1) * width));
}

function pickRows(
  rows: Int32Array,
  numbersOf: (row: number, count: number) => Float64Array,
): Float64Array {
  let picked: Float64Array | undefined;
  rows.forEach((row, i) => {
    const numbers = numbersOf(row, 1);
    picked ??= new Float64Array(rows.length * numbers.length);
    picked.set(numbers, i * numbers.length);
  });
  return picked ?? new Float64Array(0);
}
