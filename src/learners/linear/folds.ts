import { Random } from "../../core/random.ts";
import type { RowStore } from "../../data/rows.ts";
import { subsetStore } from "../../train/subset.ts";

/** Rows of a store drawn into folds by a seed: what each fold keeps for fitting, and what it holds out. */
export function* foldsOf(
  store: RowStore,
  folds: number,
  seed: number,
): Generator<{ readonly kept: RowStore; readonly held: RowStore }> {
  const order = Random.from(seed, "linear", "folds").permutation(store.rows);
  const count = Math.min(folds, store.rows);
  for (let fold = 0; fold < count; fold++) {
    const held = order.filter((_, i) => i % count === fold).sort();
    const kept = order.filter((_, i) => i % count !== fold).sort();
    yield { kept: subsetStore(store, kept), held: subsetStore(store, held) };
  }
}
