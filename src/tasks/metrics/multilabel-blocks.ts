import { eachIn, type InBlocks } from "./blocks.ts";
import { type ReliabilityBin, reliabilityOver } from "./calibration.ts";
import { addTallies, noTallies, type Tallies } from "./confusion.ts";
import { type MultilabelInput, MultilabelRows, type MultilabelScores } from "./multilabel-rows.ts";
import { sortEachClass } from "./score-sort.ts";
import type { RankingAreas } from "./threshold-sweep.ts";

/** The known cells of rows in blocks: sums go over the blocks, scores are sorted on disk. */
export class MultilabelBlocks implements MultilabelScores {
  readonly count: number = 0;
  readonly problem: string | undefined;
  readonly totalWeight: number = 0;
  readonly labels: number;
  readonly tallies: Tallies;
  readonly subset: { readonly weight: number; readonly right: number };
  private readonly given: InBlocks<MultilabelInput>;
  private cachedAreas: RankingAreas[] | undefined;

  /** @throws as `MultilabelRows`. */
  constructor(given: InBlocks<MultilabelInput>) {
    this.given = given;
    let tallies: Tallies | undefined;
    let labels = 0;
    const subset = { weight: 0, right: 0 };
    for (const rows of this.each()) {
      labels = rows.labels;
      tallies ??= noTallies(labels);
      this.count += rows.count;
      this.totalWeight += rows.totalWeight;
      this.problem ??= rows.problem;
      addTallies(tallies, rows.tallies);
      const { weight, right } = rows.subset;
      subset.weight += weight;
      subset.right += right;
    }
    this.labels = labels;
    this.tallies = tallies ?? noTallies(labels);
    this.subset = subset;
  }

  /** Each label's positive rows against its negative ones; sorted once a label. */
  get areas(): readonly RankingAreas[] {
    this.cachedAreas ??= sortEachClass(
      this.given.scratch,
      this.labels,
      (sorts, first, end) => {
        for (const { label, truth, probability, weights } of this.each()) {
          for (let cell = 0; cell < label.length; cell++) {
            if (label[cell] < first || label[cell] >= end) continue;
            sorts[label[cell] - first].add(probability[cell], truth[cell] === 1, weights[cell]);
          }
        }
      },
      (sort) => sort.areas(),
    );
    return this.cachedAreas;
  }

  mean(f: (rows: MultilabelRows, cell: number) => number): number {
    let sum = 0;
    for (const rows of this.each()) {
      const { weights } = rows;
      for (let cell = 0; cell < weights.length; cell++) sum += weights[cell] * f(rows, cell);
    }
    return sum / this.totalWeight;
  }

  reliability(bins?: number): ReliabilityBin[] {
    function* pieces(blocks: Iterable<MultilabelRows>) {
      for (const rows of blocks) yield rows.confidences;
    }
    return reliabilityOver(pieces(this.each()), bins);
  }

  /** The known cells, block by block. */
  each(): Generator<MultilabelRows> {
    return eachIn(this.given, (block, room) => new MultilabelRows(block, room));
  }
}
