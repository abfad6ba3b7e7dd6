import type { RowStore } from "../data/rows.ts";
import { computedOrder, type RowOrder } from "./batches.ts";
import type { UpdateParts } from "./updates.ts";

/** Largest batches that the gradient of all rows is summed over. */
export const fullBatchRows = 4096;

export function rowsInOrder({ rows }: RowStore): RowOrder {
  return computedOrder(rows, (place) => place);
}

/**
 * What each batch of rows in order counts in the mean loss over all rows, a task: its labelled weight
 * over that of all rows.
 */
export function labelledShares({
  network,
  engine,
  store,
  sizes,
}: Pick<UpdateParts, "network" | "engine" | "store" | "sizes">): Float64Array[] {
  const order = rowsInOrder(store);
  const totals = new Float64Array(network.tasks.length);
  let start = 0;
  const shares = sizes.map((rows) => {
    store.gather(order.rows(start, rows), 0, rows, engine.batch.arrays);
    start += rows;
    return Float64Array.from(network.tasks, ({ name }, i) => {
      const sum = (engine.batch.view(`${name}.weight`, rows) as Float32Array).reduce(
        (a, b) => a + b,
        0,
      );
      totals[i] += sum;
      return sum;
    });
  });
  for (const share of shares) {
    for (let i = 0; i < share.length; i++) share[i] = totals[i] > 0 ? share[i] / totals[i] : 0;
  }
  return shares;
}
