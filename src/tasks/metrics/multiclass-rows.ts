import { newRoom, type Room } from "../../core/buffers.ts";
import {
  type Confidences,
  type Confident,
  type ReliabilityBin,
  reliabilityBins,
} from "./calibration.ts";
import { type Tallies, tallyClasses } from "./confusion.ts";
import type { Decided } from "./decision.ts";
import type { Rows } from "./metric.ts";
import { weightedMean } from "./pairs.ts";
import type { Classed, ClassedRows, Ranked } from "./probability.ts";
import { badPrediction, badValue, isProbability, requireLength, selectRows } from "./select.ts";
import { type RankingAreas, rankingAreas, sweepThresholds } from "./threshold-sweep.ts";

/** True class index (NaN is missing), one a row, and probabilities `[rows, classes]` row-major. */
export interface MulticlassInput {
  readonly truth: ArrayLike<number>;
  readonly probabilities: ArrayLike<number>;
  readonly classes: number;
  readonly weights?: ArrayLike<number>;
  /** Number of the first row, for messages. */
  readonly first?: number;
}

/** Labelled rows of several classes, as metrics ask for them. */
export interface MulticlassScores extends Rows, Classed, Decided, Ranked, Confident {
  readonly totalWeight: number;
}

/** Labelled rows; the class with the greatest probability is decided for, the first on a tie. */
export class MulticlassRows implements MulticlassScores, ClassedRows {
  readonly count: number;
  readonly problem: string | undefined;
  readonly classes: number;
  readonly truth: Int32Array;
  readonly predicted: Int32Array;
  readonly weights: Float64Array;
  readonly totalWeight: number;
  // The probabilities stay where they are: a copy of rows × classes numbers can be large.
  private readonly probabilities: ArrayLike<number>;
  private readonly used: Int32Array;
  private readonly room: Room;
  private cachedTallies: Tallies | undefined;
  private cachedAreas: RankingAreas[] | undefined;

  /**
   * @param room makes the arrays that are held.
   * @throws ShapeError for arrays of unequal length; DataError for a label that is no class index
   * or a bad weight.
   */
  constructor(input: MulticlassInput, kind = "multiclass", room: Room = newRoom) {
    this.room = room;
    const { truth, probabilities, classes, weights, first = 0 } = input;
    const rows = truth.length;
    requireLength(kind, `probabilities (${rows} × ${classes})`, probabilities, rows * classes);
    const labelled = (row: number) => !Number.isNaN(truth[row]);
    const chosen = selectRows(kind, rows, weights, labelled, first, room);
    this.used = chosen.used;
    this.count = chosen.used.length;
    this.weights = chosen.weights;
    this.totalWeight = chosen.totalWeight;
    this.classes = classes;
    this.probabilities = probabilities;
    this.truth = room.int32(this.count);
    this.predicted = room.int32(this.count);
    for (let i = 0; i < this.count; i++) {
      const row = this.used[i];
      const label = truth[row];
      if (!(Number.isInteger(label) && label >= 0 && label < classes)) {
        throw badValue(kind, first + row, `a class index from 0 to ${classes - 1}`, label);
      }
      this.truth[i] = label;
      let best = 0;
      for (let c = 0; c < classes; c++) {
        const p = probabilities[row * classes + c];
        if (!isProbability(p))
          this.problem ??= badPrediction(first + row, `probability of class ${c}`, p);
        if (p > probabilities[row * classes + best]) best = c;
      }
      this.predicted[i] = best;
    }
  }

  probabilityOf(i: number, c: number): number {
    return this.probabilities[this.used[i] * this.classes + c];
  }

  get tallies(): Tallies {
    this.cachedTallies ??= tallyClasses(this.truth, this.predicted, this.weights, this.classes);
    return this.cachedTallies;
  }

  /** One class against the rest, for each class; sorted once a class. */
  get areas(): readonly RankingAreas[] {
    this.cachedAreas ??= Array.from({ length: this.classes }, (_, c) => {
      if (this.tallies.support[c] === 0) {
        return { roc: Number.NaN, precisionRecall: Number.NaN, positives: 0 };
      }
      return rankingAreas(sweepThresholds(this.scoresOf(c), this.isClass(c), this.weights));
    });
    return this.cachedAreas;
  }

  mean(f: (rows: ClassedRows, i: number) => number): number {
    return weightedMean(this.weights, this.totalWeight, (i) => f(this, i));
  }

  reliability(bins?: number): ReliabilityBin[] {
    return reliabilityBins(this.confidences, bins);
  }

  get confidences(): Confidences {
    const { truth, predicted, weights } = this;
    const confidence = this.room.float64(this.count);
    const correct = this.room.uint8(this.count);
    for (let i = 0; i < confidence.length; i++) {
      confidence[i] = this.probabilityOf(i, predicted[i]);
      correct[i] = truth[i] === predicted[i] ? 1 : 0;
    }
    return { confidence, correct, weights };
  }

  /** The probabilities of one class. */
  scoresOf(c: number): Float64Array {
    const scores = this.room.float64(this.count);
    for (let i = 0; i < scores.length; i++) scores[i] = this.probabilityOf(i, c);
    return scores;
  }

  /** 1 for the rows of one class. */
  isClass(c: number): Uint8Array {
    const own = this.room.uint8(this.count);
    for (let i = 0; i < own.length; i++) own[i] = this.truth[i] === c ? 1 : 0;
    return own;
  }
}
