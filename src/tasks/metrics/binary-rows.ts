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
import { badPrediction, badValue, isProbability, requireLength, selectRows } from "./select.ts";
import {
  type RankingAreas,
  rankingAreas,
  sweepThresholds,
  type ThresholdSweep,
} from "./threshold-sweep.ts";

/** True class (0 or 1; NaN is missing) and predicted probability of class 1, one a row. */
export interface BinaryInput {
  readonly truth: ArrayLike<number>;
  readonly probability: ArrayLike<number>;
  readonly weights?: ArrayLike<number>;
  /** Number of the first row, for messages. */
  readonly first?: number;
}

/** Labelled rows of two classes, as metrics ask for them. */
export interface BinaryScores extends Rows, Decided, Confident {
  /** The areas of class 1 against class 0. */
  readonly area: RankingAreas;
  /** The weighted mean of a function of truth and probability of class 1. */
  mean(f: (truth: number, probability: number) => number): number;
}

/** Labelled rows; class 1 is decided for where its probability is greater than 0.5. */
export class BinaryRows implements BinaryScores {
  readonly count: number;
  readonly problem: string | undefined;
  readonly truth: Int32Array;
  readonly probability: Float64Array;
  readonly predicted: Int32Array;
  readonly weights: Float64Array;
  readonly totalWeight: number;
  private readonly room: Room;
  private cachedSweep: ThresholdSweep | undefined;
  private cachedTallies: Tallies | undefined;

  /**
   * @param room makes the arrays that are held.
   * @throws ShapeError for arrays of unequal length; DataError for a label other than 0 and 1 or a
   * bad weight.
   */
  constructor({ truth, probability, weights, first = 0 }: BinaryInput, room: Room = newRoom) {
    requireLength("binary", "probabilities, one a row", probability, truth.length);
    const labelled = (row: number) => !Number.isNaN(truth[row]);
    const chosen = selectRows("binary", truth.length, weights, labelled, first, room);
    this.count = chosen.used.length;
    this.weights = chosen.weights;
    this.totalWeight = chosen.totalWeight;
    this.room = room;
    this.truth = room.int32(this.count);
    this.probability = room.float64(this.count);
    this.predicted = room.int32(this.count);
    for (let i = 0; i < this.count; i++) {
      const row = chosen.used[i];
      this.truth[i] = truth[row];
      this.probability[i] = probability[row];
      this.predicted[i] = probability[row] > 0.5 ? 1 : 0;
      if (truth[row] !== 0 && truth[row] !== 1) {
        throw badValue("binary", first + row, "a label of 0 or 1", truth[row]);
      }
      if (!isProbability(probability[row])) {
        this.problem ??= badPrediction(first + row, "probability", probability[row]);
      }
    }
  }

  get tallies(): Tallies {
    this.cachedTallies ??= tallyClasses(this.truth, this.predicted, this.weights, 2);
    return this.cachedTallies;
  }

  get sweep(): ThresholdSweep {
    this.cachedSweep ??= sweepThresholds(this.probability, this.truth, this.weights);
    return this.cachedSweep;
  }

  get area(): RankingAreas {
    return rankingAreas(this.sweep);
  }

  mean(f: (truth: number, probability: number) => number): number {
    const { truth, probability } = this;
    return weightedMean(this.weights, this.totalWeight, (i) => f(truth[i], probability[i]));
  }

  reliability(bins?: number): ReliabilityBin[] {
    return reliabilityBins(this.confidences, bins);
  }

  get confidences(): Confidences {
    const { truth, predicted, probability, weights } = this;
    const confidence = this.room.float64(this.count);
    const correct = this.room.uint8(this.count);
    for (let i = 0; i < confidence.length; i++) {
      confidence[i] = Math.max(probability[i], 1 - probability[i]);
      correct[i] = truth[i] === predicted[i] ? 1 : 0;
    }
    return { confidence, correct, weights };
  }
}
