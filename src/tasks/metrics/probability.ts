import type { MetricRow } from "./metric.ts";
import { meanOfDefined, type RankingAreas } from "./threshold-sweep.ts";

/** Rows in memory with a decision and a probability for each class. */
export interface ClassedRows {
  readonly truth: Int32Array;
  readonly predicted: Int32Array;
  /** The predicted probability that used row `i` is of class `c`. */
  probabilityOf(i: number, c: number): number;
}

/** Rows with a probability for each class. */
export interface Classed {
  readonly classes: number;
  /** The weighted mean over all rows of what row `i` of some in memory gives. */
  mean(f: (rows: ClassedRows, i: number) => number): number;
}

/** Rows in which each class or label can be ranked against the rest. */
export interface Ranked {
  readonly areas: readonly RankingAreas[];
}

/** −log p, with p clipped so that one sure mistake costs 36 and not everything. */
export function logLossOf(p: number): number {
  return -Math.log(Math.min(1 - Number.EPSILON, Math.max(Number.EPSILON, p)));
}

export const logLoss: MetricRow<Classed> = {
  title: "Log loss",
  summary: "Mean negative log-probability of the true class, clipped at 2.2e-16.",
  direction: "lower",
  range: [0, Number.POSITIVE_INFINITY],
  measure: (rows) => rows.mean((held, i) => logLossOf(held.probabilityOf(i, held.truth[i]))),
};

export const brier: MetricRow<Classed> = {
  title: "Brier score",
  summary:
    "Mean over rows of the squared differences of probability and 0/1 truth, summed over classes.",
  direction: "lower",
  range: [0, 2],
  cite: "brier1950",
  measure: (rows) =>
    rows.mean((held, i) => {
      let sum = 0;
      for (let c = 0; c < rows.classes; c++) {
        sum += (held.probabilityOf(i, c) - (held.truth[i] === c ? 1 : 0)) ** 2;
      }
      return sum;
    }),
};

export const rocAuc: MetricRow<Ranked> = {
  title: "ROC AUC",
  summary: "Mean ROC AUC of each class (or label) against the rest, where it has both sides.",
  direction: "higher",
  range: [0, 1],
  cite: "fawcett2006",
  measure: ({ areas }) => meanOfDefined(areas, (area) => area.roc) ?? oneSided,
};

export const rocAucWeighted: MetricRow<Ranked> = {
  title: "ROC AUC, weighted",
  summary: "ROC AUC of each class (or label) against the rest, weighted by its positive rows.",
  direction: "higher",
  range: [0, 1],
  cite: "fawcett2006",
  measure: ({ areas }) =>
    meanOfDefined(
      areas,
      (area) => area.roc,
      (area) => area.positives,
    ) ?? oneSided,
};

export const prAuc: MetricRow<Ranked> = {
  title: "PR AUC",
  summary: "Mean average precision of each class (or label) that has positive rows.",
  direction: "higher",
  range: [0, 1],
  measure: ({ areas }) =>
    meanOfDefined(areas, (area) => area.precisionRecall) ?? { reason: "no positive label" },
};

const oneSided = { reason: "no class has both rows of it and rows of others" };
