import type { RowStore } from "../../data/rows.ts";
import { isCarried, LossAround, type Prior } from "./around.ts";
import type { Design } from "./design.ts";
import { foldsOf } from "./folds.ts";
import type { LossOptions } from "./loss.ts";
import { type SolveOptions, type Strength, solveTasks } from "./solve.ts";
import { lossOf } from "./together-fit.ts";

/** From weights that hardly move to weights that are only where the fit begins. */
const grid: readonly number[] = [100, 10, 1, 0.1, 0.01, 0.001, 0];

export interface SelectedPull {
  /** The chosen pull of each task; 0 where nothing was carried. */
  readonly pulls: number[];
  /** Cross-validated mean loss of each task that carries weights at each pull, largest first. */
  readonly losses: ({ readonly pull: number; readonly loss: number }[] | undefined)[];
}

/**
 * Chooses for each task how strongly its weights are drawn to those of a trained model, by the mean loss on
 * held-out rows over folds, beside the task's own elastic net; each fold goes from the strongest pull to the
 * weakest. Of equals the strongest wins.
 */
export async function selectPull(
  design: Design,
  store: RowStore,
  strengths: readonly Strength[],
  prior: Prior,
  start: Float64Array,
  folds: number,
  seed: number,
  lossOptions: LossOptions,
  solveOptions: SolveOptions,
): Promise<SelectedPull> {
  const carried = isCarried(prior, design);
  if (!carried.includes(true) || store.rows < 2)
    return { pulls: carried.map(() => 0), losses: carried.map(() => undefined) };
  const sums = design.tasks.map(() => new Float64Array(grid.length));
  const weights = new Float64Array(design.tasks.length);
  const unused = new Float64Array(start.length);
  const around = (pull: number) => ({ prior, pulls: carried.map((c) => (c ? pull : 0)) });
  for (const { kept, held } of foldsOf(store, folds, seed)) {
    const training = await lossOf(design, kept, lossOptions, true);
    const testing = await lossOf(design, held, lossOptions, true);
    const judged = new LossAround(testing, design, around(0));
    try {
      const x = start.slice();
      for (const [g, pull] of grid.entries()) {
        const loss = new LossAround(training, design, around(pull));
        await solveTasks(design, loss, strengths, x, solveOptions);
        const losses = await judged.evaluate(x, unused);
        losses.forEach((value, t) => {
          sums[t][g] += value * testing.counts[t];
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
    carried[t] && weights[t] > 0
      ? grid.map((pull, g) => ({ pull, loss: row[g] / weights[t] }))
      : undefined,
  );
  return {
    losses,
    pulls: losses.map((of) => of?.reduce((a, b) => (b.loss < a.loss ? b : a)).pull ?? 0),
  };
}
