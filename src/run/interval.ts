import { Random } from "../core/random.ts";
import { hasLabel } from "../tasks/has-label.ts";
import { type ScoredRows, wholeOf } from "../tasks/scored.ts";
import type { LearnedTask } from "../train/learn.ts";

const most = 200;
/** Fewer resamples say little about the tails. */
const fewest = 40;
/** Numbers that all resamples together may look at, so that a run hardly waits for them. */
const budget = 1.2e7;
/** What the metrics look at for a row: some numbers, and more for each output. */
const costOf = (outputs: number) => 15 + 4 * outputs;

/**
 * The 95 % interval of a task's primary metric: its 2.5 % and 97.5 % quantiles over seeded bootstrap
 * samples of the labelled rows. Undefined where there are too few rows, so many that it would take long,
 * or where the metric has no value on some samples. A row drawn counts its row weight, where there are any.
 */
export function bootstrapInterval(
  task: Pick<LearnedTask, "name" | "kind" | "state">,
  scored: ScoredRows,
  seed: number,
): readonly [number, number] | undefined {
  const { kind, state, name } = task;
  const { rows } = scored;
  const samples = Math.min(most, Math.floor(budget / (rows * costOf(kind.outputSize(state)))));
  if (samples < fewest) return undefined;
  const { truth, outputs, weights: rowWeights } = wholeOf(scored);
  const width = kind.labelWidth(state);
  const labelled = Array.from({ length: rows }, (_, row) => row).filter((row) =>
    hasLabel(truth, row, width),
  );
  if (labelled.length < 10) return undefined;
  const random = Random.from(seed, "bootstrap", name);
  const weights = new Float64Array(rows);
  const values = new Float64Array(samples);
  for (let s = 0; s < samples; s++) {
    weights.fill(0);
    for (let i = 0; i < labelled.length; i++) weights[labelled[random.integer(labelled.length)]]++;
    if (rowWeights) for (let row = 0; row < rows; row++) weights[row] *= rowWeights[row];
    values[s] = kind.evaluate(state, truth, outputs, weights).metrics[kind.primary];
  }
  if (!values.every(Number.isFinite)) return undefined;
  values.sort();
  return [quantile(values, 0.025), quantile(values, 0.975)];
}

/** A quantile of sorted values, between neighbours in proportion. */
function quantile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const low = Math.floor(at);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (at - low) * (sorted[high] - sorted[low]);
}
