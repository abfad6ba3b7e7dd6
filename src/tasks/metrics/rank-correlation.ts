import type { MetricRow, Outcome } from "./metric.ts";
import type { Paired, Pairs } from "./pairs.ts";

export const spearman: MetricRow<Paired> = {
  title: "Spearman ρ",
  summary:
    "Correlation of the ranks of labels and predictions, equal values sharing their mean rank.",
  direction: "higher",
  range: [-1, 1],
  measure: ({ pairs }) => constantSide(pairs) ?? pairs.agreement.spearman,
};

export const kendall: MetricRow<Paired> = {
  title: "Kendall τ-b",
  summary: "Pairs of rows ordered alike less pairs ordered unlike, corrected for ties (tau-b).",
  direction: "higher",
  range: [-1, 1],
  cite: "kendall1945",
  measure: ({ pairs }) => constantSide(pairs) ?? pairs.agreement.kendall,
};

function constantSide({ count, only }: Pairs): Outcome | undefined {
  if (count === 1) return { reason: "only one row has a label" };
  if (only.truth !== undefined) return { reason: `every label is ${only.truth}` };
  if (only.prediction !== undefined) return { reason: `every prediction is ${only.prediction}` };
  return undefined;
}
