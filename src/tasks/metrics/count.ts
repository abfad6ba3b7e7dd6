import { type Held, type InBlocks, isInBlocks } from "./blocks.ts";
import { mae, rmse } from "./deviation.ts";
import { logGamma } from "./log-gamma.ts";
import {
  type EvaluateOptions,
  type Evaluation,
  evaluateTable,
  type MetricRow,
  metricTable,
  type Outcome,
} from "./metric.ts";
import { type PairedRows, type PairInput, pairRows } from "./pair-rows.ts";
import type { Paired, Pairs } from "./pairs.ts";
import { kendall, spearman } from "./rank-correlation.ts";
import { badValue } from "./select.ts";

/** True counts and predicted means, one a row; a NaN label is missing. */
export interface CountInput {
  readonly truth: ArrayLike<number>;
  readonly mean: ArrayLike<number>;
  readonly weights?: ArrayLike<number>;
  /** Number of the first row, for messages. */
  readonly first?: number;
}

/** Labelled rows made ready for the metrics. @throws as `pairRows`; DataError for a negative label. */
function countRows(input: Held<CountInput>): PairedRows {
  if (!isInBlocks(input)) return pairRows(asPairs(input), "count");
  return pairRows({ scratch: input.scratch, blocks: () => eachAsPairs(input) }, "count");
}

function* eachAsPairs(input: InBlocks<CountInput>) {
  for (const block of input.blocks()) yield asPairs(block);
}

function asPairs({ truth, mean, weights, first = 0 }: CountInput): PairInput {
  for (let row = 0; row < truth.length; row++) {
    if (truth[row] < 0) throw badValue("count", first + row, "a label of 0 or more", truth[row]);
  }
  return { truth, prediction: mean, weights, first };
}

const poissonDeviance: MetricRow<Paired> = {
  title: "Poisson deviance",
  summary:
    "Mean of 2 (y log(y / μ) − y + μ): twice the log-likelihood lost against a perfect model.",
  direction: "lower",
  range: [0, Number.POSITIVE_INFINITY],
  cite: "hastie2009",
  measure: ({ pairs }) => notPositive(pairs) ?? deviance(pairs),
};

const d2: MetricRow<Paired> = {
  title: "D²",
  summary: "Share of the Poisson deviance explained: 1 − deviance / deviance of the mean label.",
  direction: "higher",
  range: [Number.NEGATIVE_INFINITY, 1],
  measure: ({ pairs }) => {
    const reason = notPositive(pairs);
    if (reason !== undefined) return reason;
    if (pairs.only.truth !== undefined) return { reason: `every label is ${pairs.only.truth}` };
    const mean = pairs.mean((t) => t);
    return 1 - deviance(pairs) / deviance(pairs, mean);
  },
};

const logLikelihood: MetricRow<Paired> = {
  title: "Log-likelihood",
  summary: "Mean Poisson log-likelihood of a row: y log μ − μ − log y!.",
  direction: "higher",
  range: [Number.NEGATIVE_INFINITY, 0],
  measure: ({ pairs }) =>
    notPositive(pairs) ?? pairs.mean((t, p) => t * Math.log(p) - p - logGamma(t + 1)),
};

export const countMetrics = metricTable(countRows, {
  poissonDeviance,
  d2,
  logLikelihood,
  rmse,
  mae,
  spearman,
  kendall,
});

export type CountMetric = keyof typeof countMetrics;

/**
 * All metrics of counts, or those named.
 * @throws ShapeError, DataError as `countRows`; ConfigError for an unknown metric.
 */
export function evaluateCount(
  input: Held<CountInput>,
  options?: EvaluateOptions<CountMetric>,
): Evaluation<CountMetric> {
  return evaluateTable(countMetrics, countRows(input), options);
}

/** Twice the log-likelihood lost by the predictions, or by one mean for all rows. */
function deviance(pairs: Pairs, mean?: number): number {
  return pairs.mean((y, prediction) => {
    const mu = mean ?? prediction;
    return 2 * ((y === 0 ? 0 : y * Math.log(y / mu)) - y + mu);
  });
}

function notPositive(pairs: Pairs): Outcome | undefined {
  const bad = pairs.findPrediction((mean) => mean <= 0);
  return bad === undefined ? undefined : { reason: `a predicted mean is ${bad}` };
}
