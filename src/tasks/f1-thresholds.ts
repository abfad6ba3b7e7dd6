import { type MultilabelInput, MultilabelRows } from "./metrics/multilabel-rows.ts";
import { sweepThresholds } from "./metrics/threshold-sweep.ts";

/**
 * The threshold of each label that gives the largest F1 on these rows: a label is decided for where its
 * probability is greater. It lies halfway between two neighbouring probabilities, the last of which is 0; of equally
 * good ones the largest is taken. A label that no row has keeps `otherwise`.
 * @returns one float32 value a label, so that an exported model decides as the metrics do. @cite lipton2014
 */
export function f1Thresholds(input: MultilabelInput, otherwise: number): number[] {
  const rows = new MultilabelRows(input);
  if (rows.problem !== undefined) return new Array(input.labels).fill(otherwise);
  return rows.cellsByLabel().map((cells) => {
    const { threshold, truePositives, falsePositives, positives } = sweepThresholds(
      Float64Array.from(cells, (cell) => rows.probability[cell]),
      Uint8Array.from(cells, (cell) => rows.truth[cell]),
      Float64Array.from(cells, (cell) => rows.weights[cell]),
    );
    if (!(positives > 0)) return otherwise;
    let best = 0;
    let at = 0;
    for (let i = 0; i < threshold.length; i++) {
      const f1 = (2 * truePositives[i]) / (positives + truePositives[i] + falsePositives[i]);
      if (f1 > best) [best, at] = [f1, i];
    }
    const below = threshold[at + 1] ?? (threshold[at] > 0 ? 0 : -1);
    const between = Math.fround((threshold[at] + below) / 2);
    return between < threshold[at] ? between : below;
  });
}
