import { allocateBatch, type RowStore, selectEntries } from "../data/rows.ts";
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
  store,
  sizes,
}: Pick<UpdateParts, "network" | "store" | "sizes">): Float64Array[] {
  const order = rowsInOrder(store);
  // Of weights alone, so that it need not wait for inputs that arrive.
  const labels = selectEntries(
    store,
    network.tasks.map(({ name }) => ({ from: `${name}.weight`, to: name })),
  );
  const weights = allocateBatch(labels.layout, Math.max(...sizes));
  const totals = new Float64Array(network.tasks.length);
  let start = 0;
  const shares = sizes.map((rows) => {
    labels.gather(order.rows(start, rows), 0, rows, weights);
    start += rows;
    return Float64Array.from(network.tasks, (_, i) => {
      const sum = (weights[i] as Float32Array).subarray(0, rows).reduce((a, b) => a + b, 0);
      totals[i] += sum;
      return sum;
    });
  });
  for (const share of shares) {
    for (let i = 0; i < share.length; i++) share[i] = totals[i] > 0 ? share[i] / totals[i] : 0;
  }
  return shares;
}
