import { type BinaryInput, BinaryRows, type BinaryScores } from "./binary-rows.ts";
import { eachIn, type InBlocks } from "./blocks.ts";
import { type Confidences, type ReliabilityBin, reliabilityOver } from "./calibration.ts";
import { addTallies, noTallies, type Tallies } from "./confusion.ts";
import { ScoreSort } from "./score-sort.ts";
import type { RankingAreas } from "./threshold-sweep.ts";

/** Labelled rows of two classes in blocks: sums go over the blocks, scores are sorted on disk. */
export class BinaryBlocks implements BinaryScores {
  readonly count: number = 0;
  readonly problem: string | undefined;
  readonly totalWeight: number = 0;
  readonly tallies: Tallies = noTallies(2);
  private readonly given: InBlocks<BinaryInput>;
  private cachedArea: RankingAreas | undefined;

  /** @throws as `BinaryRows`. */
  constructor(given: InBlocks<BinaryInput>) {
    this.given = given;
    for (const rows of this.each()) {
      this.count += rows.count;
      this.totalWeight += rows.totalWeight;
      this.problem ??= rows.problem;
      addTallies(this.tallies, rows.tallies);
    }
  }

  get area(): RankingAreas {
    this.cachedArea ??= this.sorted((scores) => scores.areas());
    return this.cachedArea;
  }

  mean(f: (truth: number, probability: number) => number): number {
    let sum = 0;
    for (const { truth, probability, weights } of this.each()) {
      for (let i = 0; i < truth.length; i++) sum += weights[i] * f(truth[i], probability[i]);
    }
    return sum / this.totalWeight;
  }

  reliability(bins?: number): ReliabilityBin[] {
    return this.binned((rows) => rows.confidences, bins);
  }

  /** Bins of something else that the rows are sure of. */
  binned(confidences: (rows: BinaryRows) => Confidences, bins?: number): ReliabilityBin[] {
    function* pieces(blocks: Iterable<BinaryRows>) {
      for (const rows of blocks) yield confidences(rows);
    }
    return reliabilityOver(pieces(this.each()), bins);
  }

  /** What is found in the sorted scores. */
  sorted<T>(work: (scores: ScoreSort) => T): T {
    const scores = new ScoreSort(this.given.scratch);
    try {
      for (const { truth, probability, weights } of this.each()) {
        for (let i = 0; i < truth.length; i++)
          scores.add(probability[i], truth[i] === 1, weights[i]);
      }
      return work(scores);
    } finally {
      scores.close();
    }
  }

  /** The rows, block by block. */
  each(): Generator<BinaryRows> {
    return eachIn(this.given, (block, room) => new BinaryRows(block, room));
  }
}
