import type { Choice } from "../../core/choice.ts";
import type { RowStore } from "../../data/rows.ts";
import { withoutPull } from "./around.ts";
import type { Design } from "./design.ts";
import { foldsOf } from "./folds.ts";
import { fitLosses, lossOf, sharesOf, type TogetherOptions } from "./together-fit.ts";

export interface SelectedTie {
  readonly regularizer: Choice;
  /** Held-out joint loss at each value, largest first: the mean over folds, and its standard error. */
  readonly losses: readonly {
    readonly weight: number;
    readonly loss: number;
    readonly error: number;
  }[];
}

/**
 * Chooses `regularizer.weight` by the joint loss on held-out rows over folds, each fold going from the
 * strongest to the weakest, each fit starting at the one before. Of equals the strongest wins.
 */
export async function selectTie(
  design: Design,
  store: RowStore,
  options: TogetherOptions,
  start: Float64Array,
  { weights, folds }: { readonly weights: readonly number[]; readonly folds: number },
  seed: number,
): Promise<SelectedTie> {
  const grid = [...new Set(weights)].sort((a, b) => b - a);
  const heldOut = grid.map((): number[] => []);
  const unused = new Float64Array(start.length);
  for (const { kept, held } of foldsOf(store, folds, seed)) {
    const training = await lossOf(design, kept, options.loss, true);
    const testing = await lossOf(design, held, withoutPull(options.loss), true);
    try {
      const shares = sharesOf(options, testing.counts);
      const x = start.slice();
      for (const [g, weight] of grid.entries()) {
        const regularizer = { ...options.regularizer, weight };
        await fitLosses(design, training, { ...options, regularizer }, x);
        const losses = await testing.evaluate(x, unused);
        heldOut[g].push(losses.reduce((sum, l, t) => sum + shares[t] * l, 0) / losses.length);
      }
    } finally {
      await training.dispose();
      await testing.dispose();
    }
  }
  const losses = grid.map((weight, g) => ({ weight, ...meanAndError(heldOut[g]) }));
  const best = losses.reduce((a, b) => (b.loss < a.loss ? b : a));
  return { losses, regularizer: { ...options.regularizer, weight: best.weight } };
}

function meanAndError(values: readonly number[]): { loss: number; error: number } {
  const loss = values.reduce((a, b) => a + b, 0) / values.length;
  const spread = values.reduce((sum, v) => sum + (v - loss) ** 2, 0) / (values.length - 1);
  return { loss, error: Math.sqrt(spread / values.length) };
}
