import { eachIn, type InBlocks } from "./blocks.ts";
import { type ReliabilityBin, reliabilityOver } from "./calibration.ts";
import { addTallies, noTallies, type Tallies } from "./confusion.ts";
import { type MulticlassInput, MulticlassRows, type MulticlassScores } from "./multiclass-rows.ts";
import type { ClassedRows } from "./probability.ts";
import { sortEachClass } from "./score-sort.ts";
import type { RankingAreas } from "./threshold-sweep.ts";

/** Labelled rows of several classes in blocks: sums go over the blocks, scores are sorted on disk. */
export class MulticlassBlocks implements MulticlassScores {
  readonly count: number = 0;
  readonly problem: string | undefined;
  readonly totalWeight: number = 0;
  readonly classes: number;
  readonly tallies: Tallies;
  private readonly given: InBlocks<MulticlassInput>;
  private readonly kind: string | undefined;
  private cachedAreas: RankingAreas[] | undefined;

  /** @throws as `MulticlassRows`. */
  constructor(given: InBlocks<MulticlassInput>, kind?: string) {
    this.given = given;
    this.kind = kind;
    let tallies: Tallies | undefined;
    let classes = 0;
    for (const rows of this.each()) {
      classes = rows.classes;
      tallies ??= noTallies(classes);
      this.count += rows.count;
      this.totalWeight += rows.totalWeight;
      this.problem ??= rows.problem;
      addTallies(tallies, rows.tallies);
    }
    this.classes = classes;
    this.tallies = tallies ?? noTallies(classes);
  }

  /** One class against the rest, for each class; sorted once a class. */
  get areas(): readonly RankingAreas[] {
    this.cachedAreas ??= this.sortAll();
    return this.cachedAreas;
  }

  mean(f: (rows: ClassedRows, i: number) => number): number {
    let sum = 0;
    for (const rows of this.each()) {
      const { weights } = rows;
      for (let i = 0; i < weights.length; i++) sum += weights[i] * f(rows, i);
    }
    return sum / this.totalWeight;
  }

  reliability(bins?: number): ReliabilityBin[] {
    function* pieces(blocks: Iterable<MulticlassRows>) {
      for (const rows of blocks) yield rows.confidences;
    }
    return reliabilityOver(pieces(this.each()), bins);
  }

  /** The rows, block by block. */
  each(): Generator<MulticlassRows> {
    return eachIn(this.given, (block, room) => new MulticlassRows(block, this.kind, room));
  }

  private sortAll(): RankingAreas[] {
    const { support } = this.tallies;
    return sortEachClass(
      this.given.scratch,
      this.classes,
      (sorts, first, end) => {
        for (const rows of this.each()) {
          for (let c = first; c < end; c++) {
            if (support[c] === 0) continue;
            const sort = sorts[c - first];
            for (let i = 0; i < rows.count; i++)
              sort.add(rows.probabilityOf(i, c), rows.truth[i] === c, rows.weights[i]);
          }
        }
      },
      (sort, c) =>
        support[c] === 0
          ? { roc: Number.NaN, precisionRecall: Number.NaN, positives: 0 }
          : sort.areas(),
    );
  }
}
