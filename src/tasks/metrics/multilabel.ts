import { type Confidences, expectedCalibrationError } from "./calibration.ts";
import type { Tallies } from "./confusion.ts";
import { macroF1, microF1, weightedF1 } from "./decision.ts";
import {
  type EvaluateOptions,
  type Evaluation,
  evaluateTable,
  type MetricRow,
  metricTable,
  type Rows,
} from "./metric.ts";
import { weightedMean } from "./pairs.ts";
import { logLossOf, prAuc, rocAuc, rocAucWeighted } from "./probability.ts";
import { badPrediction, badValue, isProbability, requireLength, selectRows } from "./select.ts";
import { type RankingAreas, rankingAreas, sweepThresholds } from "./threshold-sweep.ts";

/**
 * True labels (0 or 1; NaN is missing) and their probabilities, both `[rows, labels]` row-major.
 * A row takes part with the labels that it has.
 */
export interface MultilabelInput {
  readonly truth: ArrayLike<number>;
  readonly probabilities: ArrayLike<number>;
  readonly labels: number;
  /** A label is decided for where its probability is greater; by default 0.5 for each. */
  readonly thresholds?: ArrayLike<number>;
  /** One weight a row. */
  readonly weights?: ArrayLike<number>;
}

/** The known cells of a label matrix; a label is decided for where its probability exceeds its threshold. */
export class MultilabelRows implements Rows {
  readonly count: number;
  readonly problem: string | undefined;
  readonly labels: number;
  /** Row of each known cell, as an index among the used rows; cells run row by row. */
  readonly row: Int32Array;
  /** Label of each known cell. */
  readonly label: Int32Array;
  readonly truth: Uint8Array;
  readonly probability: Float64Array;
  readonly weights: Float64Array;
  readonly totalWeight: number;
  readonly rowWeights: Float64Array;
  private readonly thresholds: ArrayLike<number> | undefined;
  private cachedTallies: Tallies | undefined;
  private cachedAreas: RankingAreas[] | undefined;

  /**
   * @throws ShapeError for arrays of unequal length; DataError for a label other than 0 and 1 or a
   * bad weight.
   */
  constructor({ truth, probabilities, labels, thresholds, weights }: MultilabelInput) {
    if (thresholds) requireLength("multilabel", `thresholds (${labels})`, thresholds, labels);
    const rows = labels === 0 ? 0 : Math.ceil(truth.length / labels);
    requireLength("multilabel", `labels (${rows} × ${labels})`, truth, rows * labels);
    requireLength(
      "multilabel",
      `probabilities (${rows} × ${labels})`,
      probabilities,
      rows * labels,
    );
    const known = (row: number, label: number) => !Number.isNaN(truth[row * labels + label]);
    const anyKnown = (row: number) => {
      for (let label = 0; label < labels; label++) if (known(row, label)) return true;
      return false;
    };
    const chosen = selectRows("multilabel", rows, weights, anyKnown);
    let cells = 0;
    for (const row of chosen.used) {
      for (let label = 0; label < labels; label++) if (known(row, label)) cells++;
    }
    this.count = chosen.used.length;
    this.labels = labels;
    this.thresholds = thresholds;
    this.rowWeights = chosen.weights;
    this.row = new Int32Array(cells);
    this.label = new Int32Array(cells);
    this.truth = new Uint8Array(cells);
    this.probability = new Float64Array(cells);
    this.weights = new Float64Array(cells);
    let cell = 0;
    let totalWeight = 0;
    for (let i = 0; i < chosen.used.length; i++) {
      const row = chosen.used[i];
      for (let label = 0; label < labels; label++) {
        if (!known(row, label)) continue;
        const t = truth[row * labels + label];
        const p = probabilities[row * labels + label];
        if (t !== 0 && t !== 1) throw badValue("multilabel", row, "labels of 0 or 1", t);
        if (!isProbability(p))
          this.problem ??= badPrediction(row, `probability of label ${label}`, p);
        this.row[cell] = i;
        this.label[cell] = label;
        this.truth[cell] = t;
        this.probability[cell] = p;
        this.weights[cell++] = chosen.weights[i];
        totalWeight += chosen.weights[i];
      }
    }
    this.totalWeight = totalWeight;
  }

  /** True where the label of a cell is decided for. */
  decides(cell: number): boolean {
    return this.probability[cell] > (this.thresholds?.[this.label[cell]] ?? 0.5);
  }

  /** True where the decision for a cell is right. */
  isRight(cell: number): boolean {
    return this.decides(cell) === (this.truth[cell] === 1);
  }

  get tallies(): Tallies {
    this.cachedTallies ??= this.tally();
    return this.cachedTallies;
  }

  /** Each label's positive rows against its negative ones; sorted once a label. */
  get areas(): readonly RankingAreas[] {
    this.cachedAreas ??= this.cellsByLabel().map((cells) =>
      rankingAreas(
        sweepThresholds(
          Float64Array.from(cells, (cell) => this.probability[cell]),
          Uint8Array.from(cells, (cell) => this.truth[cell]),
          Float64Array.from(cells, (cell) => this.weights[cell]),
        ),
      ),
    );
    return this.cachedAreas;
  }

  get confidences(): Confidences {
    return {
      confidence: this.probability.map((p, cell) => (this.decides(cell) ? p : 1 - p)),
      correct: Uint8Array.from(this.truth, (_, cell) => (this.isRight(cell) ? 1 : 0)),
      weights: this.weights,
    };
  }

  cellsByLabel(): Int32Array[] {
    const sizes = new Int32Array(this.labels);
    for (const label of this.label) sizes[label]++;
    const cells = Array.from(sizes, (size) => new Int32Array(size));
    const filled = new Int32Array(this.labels);
    this.label.forEach((label, cell) => {
      cells[label][filled[label]++] = cell;
    });
    return cells;
  }

  private tally(): Tallies {
    const hits = new Float64Array(this.labels);
    const predicted = new Float64Array(this.labels);
    const support = new Float64Array(this.labels);
    const total = new Float64Array(this.labels);
    for (let cell = 0; cell < this.label.length; cell++) {
      const label = this.label[cell];
      const weight = this.weights[cell];
      const decided = this.decides(cell);
      total[label] += weight;
      if (decided) predicted[label] += weight;
      if (this.truth[cell] === 1) support[label] += weight;
      if (decided && this.truth[cell] === 1) hits[label] += weight;
    }
    return { hits, predicted, support, total };
  }
}

const hammingLoss: MetricRow<MultilabelRows> = {
  title: "Hamming loss",
  summary: "Share of known labels decided wrongly.",
  direction: "lower",
  range: [0, 1],
  measure: (rows) =>
    weightedMean(rows.weights, rows.totalWeight, (cell) => (rows.isRight(cell) ? 0 : 1)),
};

const subsetAccuracy: MetricRow<MultilabelRows> = {
  title: "Subset accuracy",
  summary: "Share of rows with all their known labels decided rightly.",
  direction: "higher",
  range: [0, 1],
  measure: (rows) => {
    const right = new Uint8Array(rows.count).fill(1);
    for (let cell = 0; cell < rows.row.length; cell++) {
      if (!rows.isRight(cell)) right[rows.row[cell]] = 0;
    }
    let total = 0;
    for (const weight of rows.rowWeights) total += weight;
    return weightedMean(rows.rowWeights, total, (row) => right[row]);
  },
};

const logLoss: MetricRow<MultilabelRows> = {
  title: "Log loss",
  summary:
    "Mean over known labels of the negative log-probability of the truth, clipped at 2.2e-16.",
  direction: "lower",
  range: [0, Number.POSITIVE_INFINITY],
  measure: ({ truth, probability, weights, totalWeight }) =>
    weightedMean(weights, totalWeight, (cell) =>
      logLossOf(truth[cell] === 1 ? probability[cell] : 1 - probability[cell]),
    ),
};

const brier: MetricRow<MultilabelRows> = {
  title: "Brier score",
  summary: "Mean over known labels of the squared difference between probability and truth.",
  direction: "lower",
  range: [0, 1],
  cite: "brier1950",
  measure: ({ truth, probability, weights, totalWeight }) =>
    weightedMean(weights, totalWeight, (cell) => (probability[cell] - truth[cell]) ** 2),
};

export const multilabelMetrics = metricTable(
  (input: MultilabelInput) => new MultilabelRows(input),
  {
    macroF1,
    microF1,
    weightedF1,
    hammingLoss,
    subsetAccuracy,
    rocAuc,
    rocAucWeighted,
    prAuc,
    logLoss,
    brier,
    expectedCalibrationError,
  },
);

export type MultilabelMetric = keyof typeof multilabelMetrics;

/**
 * All metrics of label sets, or those named.
 * @throws ShapeError, DataError as `MultilabelRows`; ConfigError for an unknown metric.
 */
export function evaluateMultilabel(
  input: MultilabelInput,
  options?: EvaluateOptions<MultilabelMetric>,
): Evaluation<MultilabelMetric> {
  return evaluateTable(multilabelMetrics, new MultilabelRows(input), options);
}
