import type { ReferenceKey } from "../../core/references.ts";
import {
  type EvaluateOptions,
  type Evaluation,
  evaluateTable,
  type MetricRow,
  metricTable,
  type Outcome,
  type Rows,
} from "./metric.ts";
import { weightedMean } from "./pairs.ts";
import { averagePrecision, expectedRank, hitAt, reciprocalRank, type Standing } from "./ranking.ts";
import { requireLength } from "./select.ts";

/** Vectors of two sides of the same rows; a row whose vector is 0 on a side lacks that side. */
export interface RetrievalInput {
  /** `[rows, size]` each, row-major; compared by their cosine. */
  readonly first: ArrayLike<number>;
  readonly second: ArrayLike<number>;
  readonly size: number;
  /** Class of each row, from 1; 0 where it has none, NaN where the row does not take part. */
  readonly truth: ArrayLike<number>;
  /** What each row counts as a query; all rows stay candidates. */
  readonly weights?: ArrayLike<number>;
  /** Whether rows of the same class, and not only a row's own other side, are relevant. */
  readonly classes: boolean;
}

/** Candidates are at most so many; more rows are thinned evenly. */
const mostCandidates = 5000;

/** One way of asking: with a side for the other. */
export interface Direction {
  /** Where each query's own other side stands. */
  readonly standings: readonly Standing[];
  /** Average precision of each query; NaN where nothing is relevant. */
  readonly precisions: Float64Array;
}

/** Rows with both sides, ranked for each other both ways. */
export class RetrievalRows implements Rows {
  readonly count: number;
  readonly problem: string | undefined;
  /** Numbers of the rows that are ranked. */
  readonly used: Int32Array;
  readonly weights: Float64Array;
  readonly totalWeight: number;
  /** Unit vectors `[count, size]`. */
  readonly first: Float64Array;
  readonly second: Float64Array;
  readonly size: number;
  /** From the first side to the second. */
  readonly forward: Direction;
  readonly backward: Direction;

  /** @throws ShapeError for arrays of unequal length. */
  constructor({ first, second, size, truth, weights, classes }: RetrievalInput) {
    const rows = truth.length;
    requireLength("retrieval", "vectors of the first side", first, rows * size);
    requireLength("retrieval", "vectors of the second side", second, rows * size);
    const complete: number[] = [];
    let bad = -1;
    for (let row = 0; row < rows; row++) {
      if (Number.isNaN(truth[row])) continue;
      const [a, b] = [lengthOf(first, row, size), lengthOf(second, row, size)];
      if (!Number.isFinite(a + b)) bad = row;
      else if (a > 0 && b > 0) complete.push(row);
    }
    const every = Math.max(1, complete.length / mostCandidates);
    const kept = Math.min(complete.length, mostCandidates);
    this.used = Int32Array.from({ length: kept }, (_, i) => complete[Math.floor(i * every)]);
    this.count = kept;
    this.problem = bad < 0 ? undefined : `the vectors of row ${bad + 1} are not finite`;
    this.size = size;
    this.first = unitVectors(first, this.used, size);
    this.second = unitVectors(second, this.used, size);
    this.weights = Float64Array.from(this.used, (row) => weights?.[row] ?? 1);
    this.totalWeight = this.weights.reduce((sum, w) => sum + w, 0);
    const classOf = classes ? Float64Array.from(this.used, (row) => truth[row]) : undefined;
    this.forward = ask(this.first, this.second, size, classOf);
    this.backward = ask(this.second, this.first, size, classOf);
  }
}

function lengthOf(vectors: ArrayLike<number>, row: number, size: number): number {
  let sum = 0;
  for (let i = row * size; i < (row + 1) * size; i++) sum += vectors[i] * vectors[i];
  return Math.sqrt(sum);
}

function unitVectors(vectors: ArrayLike<number>, rows: Int32Array, size: number): Float64Array {
  const out = new Float64Array(rows.length * size);
  rows.forEach((row, i) => {
    const length = lengthOf(vectors, row, size);
    for (let k = 0; k < size; k++) out[i * size + k] = vectors[row * size + k] / length;
  });
  return out;
}

/** Ranks all candidates for each query. */
function ask(
  queries: Float64Array,
  candidates: Float64Array,
  size: number,
  classes: Float64Array | undefined,
): Direction {
  const count = queries.length / size;
  const alike = new Float64Array(count);
  const order = new Int32Array(count);
  const precisions = new Float64Array(count);
  const standings = Array.from({ length: count }, (_, query): Standing => {
    for (let c = 0; c < count; c++) {
      let sum = 0;
      for (let k = 0; k < size; k++) sum += queries[query * size + k] * candidates[c * size + k];
      alike[c] = sum;
    }
    const own = alike[query];
    let above = 0;
    let tied = 0;
    for (let c = 0; c < count; c++) {
      if (alike[c] > own) above++;
      else if (alike[c] === own) tied++;
    }
    const standing = { above, tied };
    if (!classes) precisions[query] = reciprocalRank(standing);
    else if (classes[query] === 0) precisions[query] = Number.NaN;
    else {
      for (let c = 0; c < count; c++) order[c] = c;
      order.sort((a, b) => alike[b] - alike[a]);
      precisions[query] = averagePrecision(
        order,
        (c) => alike[c],
        (c) => classes[c] === classes[query],
      );
    }
    return standing;
  });
  return { standings, precisions };
}

export type Way = "forward" | "backward";
const asked: Record<Way, string> = {
  forward: "second sides ranked for each first side",
  backward: "first sides ranked for each second side",
};
const arrows: Record<Way, string> = { forward: "→", backward: "←" };

function recallAt(k: number, way: Way): MetricRow<RetrievalRows> {
  return {
    title: `Recall@${k} ${arrows[way]}`,
    summary: `Share of queries whose own other side is among the ${k} most alike (${asked[way]}); chance is ${k} over the number of rows.`,
    direction: "higher",
    range: [0, 1],
    measure: (rows) => overQueries(rows, (i) => hitAt(rows[way].standings[i], k)),
  };
}

function medianRank(way: Way): MetricRow<RetrievalRows> {
  return {
    title: `Median rank ${arrows[way]}`,
    summary: `Rank of the own other side, the median over queries (${asked[way]}); chance is half the number of rows.`,
    direction: "lower",
    range: [1, Number.POSITIVE_INFINITY],
    measure: (rows) => weightedMedian(rows[way].standings.map(expectedRank), rows.weights),
  };
}

function meanReciprocalRank(way: Way): MetricRow<RetrievalRows> {
  return {
    title: `MRR ${arrows[way]}`,
    summary: `Mean reciprocal rank of the own other side (${asked[way]}).`,
    direction: "higher",
    range: [0, 1],
    cite: "voorhees1999",
    measure: (rows) => overQueries(rows, (i) => reciprocalRank(rows[way].standings[i])),
  };
}

function mapOf(way: Way): MetricRow<RetrievalRows> {
  return {
    title: `mAP ${arrows[way]}`,
    summary: `Mean average precision (${asked[way]}): over all ranks, with rows of the same class relevant where \`relevant\` names a column, else the own other side alone (then it equals the mean reciprocal rank). Ties stand in random order.`,
    direction: "higher",
    range: [0, 1],
    cite: "manning2008" satisfies ReferenceKey,
    measure: (rows) => precisionOf(rows, way),
  };
}

const map: MetricRow<RetrievalRows> = {
  title: "mAP",
  summary: "Mean average precision, the mean of both directions.",
  direction: "higher",
  range: [0, 1],
  cite: "manning2008",
  measure(rows) {
    const there = precisionOf(rows, "forward");
    const back = precisionOf(rows, "backward");
    return typeof there === "number" && typeof back === "number" ? (there + back) / 2 : there;
  },
};

/** The metrics of ranking both sides of rows for each other. */
export const retrievalLines = {
  map,
  mapForward: mapOf("forward"),
  mapBackward: mapOf("backward"),
  recallAt1Forward: recallAt(1, "forward"),
  recallAt5Forward: recallAt(5, "forward"),
  recallAt10Forward: recallAt(10, "forward"),
  recallAt1Backward: recallAt(1, "backward"),
  recallAt5Backward: recallAt(5, "backward"),
  recallAt10Backward: recallAt(10, "backward"),
  medianRankForward: medianRank("forward"),
  medianRankBackward: medianRank("backward"),
  mrrForward: meanReciprocalRank("forward"),
  mrrBackward: meanReciprocalRank("backward"),
} as const;

const noWeight: Outcome = { reason: "all rows weigh nothing" };

function overQueries(rows: RetrievalRows, value: (query: number) => number): Outcome {
  return rows.totalWeight > 0 ? weightedMean(rows.weights, rows.totalWeight, value) : noWeight;
}

function precisionOf(rows: RetrievalRows, way: Way): Outcome {
  const { weights } = rows;
  let sum = 0;
  let total = 0;
  rows[way].precisions.forEach((precision, i) => {
    if (Number.isNaN(precision)) return;
    sum += weights[i] * precision;
    total += weights[i];
  });
  return total > 0 ? sum / total : { reason: "no row has a class" };
}

function weightedMedian(values: readonly number[], weights: Float64Array): Outcome {
  const order = values.map((_, i) => i).sort((a, b) => values[a] - values[b]);
  const half = weights.reduce((sum, w) => sum + w, 0) / 2;
  if (half === 0) return noWeight;
  let below = 0;
  for (let i = 0; i < order.length; i++) {
    below += weights[order[i]];
    if (below > half) return values[order[i]];
    if (below === half) {
      const next = order.slice(i + 1).find((j) => weights[j] > 0) ?? order[i];
      return (values[order[i]] + values[next]) / 2;
    }
  }
  return noWeight;
}

export const retrievalMetrics = metricTable(
  (input: RetrievalInput) => new RetrievalRows(input),
  retrievalLines,
);

export type RetrievalMetric = keyof typeof retrievalMetrics;

/** All metrics of retrieval, or those named. @throws as `RetrievalRows`; ConfigError for an unknown metric. */
export function evaluateRetrieval(
  input: RetrievalInput,
  options?: EvaluateOptions<RetrievalMetric>,
): Evaluation<RetrievalMetric> {
  return evaluateTable(retrievalMetrics, new RetrievalRows(input), options);
}
