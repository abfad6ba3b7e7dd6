import type { RowStore } from "../../data/rows.ts";
import { withoutPull } from "./around.ts";
import type { Design } from "./design.ts";
import { foldsOf } from "./folds.ts";
import type { LossOptions } from "./loss.ts";
import { type SolveOptions, type Strength, solveTasks } from "./solve.ts";
import { lossOf } from "./together-fit.ts";

/** Held-out losses differ by far more than what a step below this share still gains. */
const valueTolerance = 1e-5;

export interface Selected {
  readonly strengths: Strength[];
  /** Cross-validated mean loss of each task at each value of the grid, largest value first. */
  readonly losses: { readonly l2: number; readonly loss: number }[][];
}

/**
 * Chooses `l2` for each task by the mean loss on held-out rows over folds, each fold's fits going from
 * the strongest penalty to the weakest, each starting at the one before. Of equals the strongest wins.
 */
export async function selectRidge(
  design: Design,
  store: RowStore,
  strengths: readonly Strength[],
  start: Float64Array,
  { l2, folds }: { readonly l2: readonly number[]; readonly folds: number },
  seed: number,
  lossOptions: LossOptions,
  solveOptions: SolveOptions,
): Promise<Selected> {
  const roughly = { ...solveOptions, valueTolerance };
  const grid = [...new Set(l2)].sort((a, b) => b - a);
  const sums = design.tasks.map(() => new Float64Array(grid.length));
  const weights = new Float64Array(design.tasks.length);
  const unused = new Float64Array(start.length);
  for (const { kept, held } of foldsOf(store, folds, seed)) {
    const training = await lossOf(design, kept, lossOptions, true);
    const testing = await lossOf(design, held, withoutPull(lossOptions), true);
    try {
      const x = start.slice();
      for (const [g, value] of grid.entries()) {
        const here = strengths.map((s) => ({ ...s, l2: value }));
        await solveTasks(design, training, here, x, roughly);
        const losses = await testing.evaluate(x, unused);
        losses.forEach((loss, t) => {
          sums[t][g] += loss * testing.counts[t];
        });
      }
      testing.counts.forEach((n, t) => {
        weights[t] += n;
      });
    } finally {
      await training.dispose();
      await testing.dispose();
    }
  }
  const losses = sums.map((row, t) =>
    grid.map((value, g) => ({ l2: value, loss: row[g] / weights[t] })),
  );
  return {
    losses,
    strengths: strengths.map((s, t) => {
      const best = losses[t].reduce((a, b) => (b.loss < a.loss ? b : a));
      return { ...s, l2: best.l2 };
    }),
  };
}
