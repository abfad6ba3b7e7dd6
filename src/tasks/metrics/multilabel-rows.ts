import { newRoom, type Room } from "../../core/buffers.ts";
import {
  type Confidences,
  type Confident,
  type ReliabilityBin,
  reliabilityBins,
} from "./calibration.ts";
import type { Tallies } from "./confusion.ts";
import type { Decided } from "./decision.ts";
import type { Rows } from "./metric.ts";
import { weightedMean } from "./pairs.ts";
import type { Ranked } from "./probability.ts";
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
  /** Number of the first row, for messages. */
  readonly first?: number;
}

/** The known cells of rows, as metrics ask for them. */
export interface MultilabelScores extends Rows, Decided, Ranked, Confident {
  /** The weighted mean over all known cells of what one of some in memory gives. */
  mean(f: (rows: MultilabelRows, cell: number) => number): number;
  /** Weight of all rows, and of those with every known label decided rightly. */
  readonly subset: { readonly weight: number; readonly right: number };
}

/** The known cells of a label matrix; a label is decided for where its probability exceeds its threshold. */
export class MultilabelRows implements MultilabelScores {
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
  private readonly room: Room;
  private readonly thresholds: ArrayLike<number> | undefined;
  private cachedTallies: Tallies | undefined;
  private cachedAreas: RankingAreas[] | undefined;

  /**
   * @param room makes the arrays that are held.
   * @throws ShapeError for arrays of unequal length; DataError for a label other than 0 and 1 or a
   * bad weight.
   */
  constructor(
    { truth, probabilities, labels, thresholds, weights, first = 0 }: MultilabelInput,
    room: Room = newRoom,
  ) {
    this.room = room;
    this.thresholds = thresholds;
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
    const chosen = selectRows("multilabel", rows, weights, anyKnown, first, room);
    let cells = 0;
    for (const row of chosen.used) {
      for (let label = 0; label < labels; label++) if (known(row, label)) cells++;
    }
    this.count = chosen.used.length;
    this.labels = labels;
    this.rowWeights = chosen.weights;
    this.row = room.int32(cells);
    this.label = room.int32(cells);
    this.truth = room.uint8(cells);
    this.probability = room.float64(cells);
    this.weights = room.float64(cells);
    let cell = 0;
    let totalWeight = 0;
    for (let i = 0; i < chosen.used.length; i++) {
      const row = chosen.used[i];
      for (let label = 0; label < labels; label++) {
        if (!known(row, label)) continue;
        const t = truth[row * labels + label];
        const p = probabilities[row * labels + label];
        if (t !== 0 && t !== 1) throw badValue("multilabel", first + row, "labels of 0 or 1", t);
        if (!isProbability(p))
          this.problem ??= badPrediction(first + row, `probability of label ${label}`, p);
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

  mean(f: (rows: MultilabelRows, cell: number) => number): number {
    return weightedMean(this.weights, this.totalWeight, (cell) => f(this, cell));
  }

  get subset(): { readonly weight: number; readonly right: number } {
    const right = this.room.uint8(this.count).fill(1);
    for (let cell = 0; cell < this.row.length; cell++) {
      if (!this.isRight(cell)) right[this.row[cell]] = 0;
    }
    let weight = 0;
    let sum = 0;
    this.rowWeights.forEach((w, row) => {
      weight += w;
      sum += w * right[row];
    });
    return { weight, right: sum };
  }

  reliability(bins?: number): ReliabilityBin[] {
    return reliabilityBins(this.confidences, bins);
  }

  get confidences(): Confidences {
    const { probability, weights } = this;
    const confidence = this.room.float64(probability.length);
    const correct = this.room.uint8(probability.length);
    for (let cell = 0; cell < confidence.length; cell++) {
      confidence[cell] = this.decides(cell) ? probability[cell] : 1 - probability[cell];
      correct[cell] = this.isRight(cell) ? 1 : 0;
    }
    return { confidence, correct, weights };
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
