import type { Tallies } from "./confusion.ts";
import type { MetricRow } from "./metric.ts";

/** Rows whose predictions were turned into decisions. */
export interface Decided {
  readonly tallies: Tallies;
}

export const accuracy: MetricRow<Decided> = {
  title: "Accuracy",
  summary: "Share of rows decided rightly.",
  direction: "higher",
  range: [0, 1],
  measure: ({ tallies }) => sum(tallies.hits) / tallies.total[0],
};

export const balancedAccuracy: MetricRow<Decided> = {
  title: "Balanced accuracy",
  summary: "Mean recall of the classes that occur in the labels.",
  direction: "higher",
  range: [0, 1],
  cite: "brodersen2010",
  measure: ({ tallies }) => {
    let recalls = 0;
    let classes = 0;
    for (let c = 0; c < tallies.hits.length; c++) {
      if (tallies.support[c] === 0) continue;
      recalls += tallies.hits[c] / tallies.support[c];
      classes++;
    }
    return recalls / classes;
  },
};

export const macroF1: MetricRow<Decided> = {
  title: "Macro F1",
  summary: "Mean F1 of the classes that occur in the labels or among the predictions.",
  direction: "higher",
  range: [0, 1],
  measure: ({ tallies }) => {
    let scores = 0;
    let classes = 0;
    for (let c = 0; c < tallies.hits.length; c++) {
      if (tallies.support[c] + tallies.predicted[c] === 0) continue;
      scores += f1Of(tallies, c);
      classes++;
    }
    return classes > 0
      ? scores / classes
      : { reason: "no positive label and no positive decision" };
  },
};

export const microF1: MetricRow<Decided> = {
  title: "Micro F1",
  summary: "F1 of the true and false positives and false negatives summed over classes.",
  direction: "higher",
  range: [0, 1],
  measure: ({ tallies }) => {
    const both = sum(tallies.predicted) + sum(tallies.support);
    if (both === 0) return { reason: "no positive label and no positive decision" };
    return (2 * sum(tallies.hits)) / both;
  },
};

export const weightedF1: MetricRow<Decided> = {
  title: "Weighted F1",
  summary: "Mean F1 of the classes, each weighted by its rows.",
  direction: "higher",
  range: [0, 1],
  measure: ({ tallies }) => {
    const support = sum(tallies.support);
    if (support === 0) return { reason: "no positive label" };
    let scores = 0;
    for (let c = 0; c < tallies.hits.length; c++) {
      if (tallies.support[c] > 0) scores += tallies.support[c] * f1Of(tallies, c);
    }
    return scores / support;
  },
};

export const matthews: MetricRow<Decided> = {
  title: "Matthews correlation",
  summary: "Correlation of true and decided class; 0 where one class is always decided for.",
  direction: "higher",
  range: [-1, 1],
  cite: "gorodkin2004",
  measure: ({ tallies: { hits, predicted, support, total } }) => {
    const one = onlyClass(support);
    if (one !== undefined) return { reason: `every label is class ${one}` };
    if (onlyClass(predicted) !== undefined) return 0;
    const n = total[0];
    const covariance = sum(hits) * n - dot(predicted, support);
    const spread = Math.sqrt(n * n - dot(predicted, predicted));
    return covariance / spread / Math.sqrt(n * n - dot(support, support));
  },
};

export const cohenKappa: MetricRow<Decided> = {
  title: "Cohen's κ",
  summary: "Agreement of true and decided class beyond what their frequencies give by chance.",
  direction: "higher",
  range: [-1, 1],
  cite: "cohen1960",
  measure: ({ tallies: { hits, predicted, support, total } }) => {
    const n = total[0];
    const one = onlyClass(support);
    if (one !== undefined && onlyClass(predicted) === one) {
      return { reason: `every label and every decision is class ${one}` };
    }
    const chance = dot(predicted, support) / n / n;
    return (sum(hits) / n - chance) / (1 - chance);
  },
};

function f1Of(tallies: Tallies, c: number): number {
  return (2 * tallies.hits[c]) / (tallies.predicted[c] + tallies.support[c]);
}

/** The index of the single class with weight, if there is just one. */
function onlyClass(weights: Float64Array): number | undefined {
  let only: number | undefined;
  for (let c = 0; c < weights.length; c++) {
    if (weights[c] === 0) continue;
    if (only !== undefined) return undefined;
    only = c;
  }
  return only;
}

function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

function dot(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i] * b[i];
  return total;
}
