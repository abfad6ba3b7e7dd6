import { LentRoom, newRoom, type Room } from "../../core/buffers.ts";
import type { Scratch } from "../../data/scratch.ts";
import { clampToUnit, type RankAgreement } from "./pairs.ts";
import { RecordSort, type SortedCursor } from "./record-sort.ts";

/**
 * Rank correlations of more pairs than memory should hold. Pairs are sorted by truth and then, in that
 * order, by prediction: pairs that change places in the second sort are ordered unlike, which counts
 * Kendall's τ-b in O(n log n). @cite knight1966
 */
export class RankSort {
  private readonly totalWeight: number;
  private readonly byTruth: RecordSort;
  private readonly byPrediction: RecordSort;
  /** Weight of the pairs ordered unlike, the product of both weights each. */
  private unlike = 0;
  /** Weight of each run of the second sort. */
  private readonly runWeights: number[] = [];

  private readonly room: LentRoom;

  constructor(scratch: Scratch, totalWeight: number) {
    this.room = new LentRoom(scratch.buffers);
    this.totalWeight = totalWeight;
    this.byTruth = new RecordSort(scratch, { width: 3, keys: 2 });
    this.byPrediction = new RecordSort(scratch, {
      width: 3,
      keys: 1,
      onRun: (records, order) => this.countWithin(records, order),
    });
  }

  add(truth: number, prediction: number, weight: number): void {
    this.byTruth.add(truth, prediction, weight);
  }

  agreement(): RankAgreement {
    const { tied: tiedTruth, tiedBoth } = this.rankTruth();
    const { xx, yy, xy, tied: tiedPrediction } = this.rankPrediction();
    const all = this.totalWeight * this.totalWeight;
    // Pairs apart in one variable: half of the total squared less the squares of its ties.
    const apartTruth = (all - tiedTruth) / 2;
    const apartPrediction = (all - tiedPrediction) / 2;
    const apartBoth = (all - tiedTruth - tiedPrediction + tiedBoth) / 2;
    const alike = apartBoth - 2 * this.unlike;
    return {
      spearman: clampToUnit(xy / Math.sqrt(xx * yy)),
      kendall: clampToUnit(alike / Math.sqrt(apartTruth) / Math.sqrt(apartPrediction)),
    };
  }

  close(): void {
    this.byTruth.close();
    this.byPrediction.close();
  }

  /** Passes pairs on in the order of their truth, with its mean rank in its place. */
  private rankTruth(): { tied: number; tiedBoth: number } {
    const { byPrediction } = this;
    let tiedSum = 0;
    let tiedBoth = 0;
    let same = 0;
    let last = Number.NaN;
    eachRanked(this.byTruth, {
      tie(weight) {
        tiedSum += weight * weight;
        tiedBoth += same * same;
        same = 0;
      },
      member({ record }, rank) {
        const [, prediction, weight] = record;
        if (prediction !== last) {
          tiedBoth += same * same;
          same = 0;
          last = prediction;
        }
        same += weight;
        byPrediction.add(prediction, rank, weight);
      },
    });
    return { tied: tiedSum, tiedBoth: tiedBoth + same * same };
  }

  /** Sums over both ranks about their mean, and counts pairs of different runs that are ordered unlike. */
  private rankPrediction(): { xx: number; yy: number; xy: number; tied: number } {
    const { totalWeight } = this;
    const sums = { xx: 0, yy: 0, xy: 0, tied: 0 };
    const cursor = this.byPrediction;
    // What is left of each run lies above the present prediction.
    let left: PrefixSums | undefined;
    eachRanked(cursor, {
      tie(weight) {
        sums.tied += weight * weight;
      },
      ahead: ({ run, record }) => {
        left ??= PrefixSums.of(this.runWeights);
        left.add(run, -record[2]);
      },
      member: ({ run, record }, rank) => {
        const [, truthRank, weight] = record;
        this.unlike += weight * (left as PrefixSums).before(run);
        // The mean of mean ranks is half of the total weight.
        const dx = truthRank - totalWeight / 2;
        const dy = rank - totalWeight / 2;
        sums.xx += weight * dx * dx;
        sums.yy += weight * dy * dy;
        sums.xy += weight * dx * dy;
      },
    });
    return sums;
  }

  /** Counts the pairs of one run that are ordered unlike: a greater prediction came before. */
  private countWithin(records: Float64Array, order: Int32Array): void {
    const weights = this.room.float64(order.length);
    for (let i = 0; i < weights.length; i++) weights[i] = records[3 * i + 2];
    const left = PrefixSums.of(weights, this.room);
    for (let from = 0; from < order.length; ) {
      const value = records[3 * order[from]];
      let to = from;
      for (; to < order.length && records[3 * order[to]] === value; to++)
        left.add(order[to], -weights[order[to]]);
      for (let i = from; i < to; i++) this.unlike += weights[order[i]] * left.before(order[i]);
      from = to;
    }
    this.runWeights.push(weights.reduce((sum, weight) => sum + weight, 0));
    this.room.reset();
  }
}

interface RankVisitor {
  /** All of a tie have been gone ahead over: its weight. Comes before its members. */
  tie(weight: number): void;
  /** A record that is gone ahead over, before any of its tie is a member. */
  ahead?(record: SortedCursor): void;
  /** A record with its rank: the weight below it plus half of the weight of its ties. */
  member(record: SortedCursor, rank: number): void;
}

/** Visits sorted records with their ranks; one cursor goes ahead to the end of each tie. */
function eachRanked(sort: RecordSort, { tie, ahead, member }: RankVisitor): void {
  const first = sort.read();
  const second = sort.read();
  let below = 0;
  let more = first.next();
  while (more) {
    const value = first.record[0];
    let tied = 0;
    let count = 0;
    for (; more && first.record[0] === value; more = first.next()) {
      tied += first.record[2];
      count++;
      ahead?.(first);
    }
    tie(tied);
    for (; count > 0; count--) {
      second.next();
      member(second, below + tied / 2);
    }
    below += tied;
  }
}

/** Numbers at places whose sums from the first place on are asked for: a Fenwick tree. */
class PrefixSums {
  private readonly tree: Float64Array;

  private constructor(tree: Float64Array) {
    this.tree = tree;
  }

  static of(values: ArrayLike<number>, room: Room = newRoom): PrefixSums {
    const sums = new PrefixSums(room.float64(values.length + 1).fill(0));
    for (let i = 0; i < values.length; i++) sums.add(i, values[i]);
    return sums;
  }

  add(place: number, value: number): void {
    for (let j = place + 1; j < this.tree.length; j += j & -j) this.tree[j] += value;
  }

  /** The sum of what stands before a place. */
  before(place: number): number {
    let sum = 0;
    for (let i = place; i > 0; i -= i & -i) sum += this.tree[i];
    return sum;
  }
}
