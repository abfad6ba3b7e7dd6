import type { Scratch } from "../../data/scratch.ts";
import { RecordSort } from "./record-sort.ts";
import type { RankingAreas } from "./threshold-sweep.ts";

/** Told each distinct score as the threshold falls: the weights called positive from there on. */
export type SweepVisitor = (score: number, truePositives: number, falsePositives: number) => void;

/** More scores of two classes than memory should hold, swept from the highest down. */
export class ScoreSort {
  private readonly sort: RecordSort;

  /** @param among sorts that go on at once, this one included. */
  constructor(scratch: Scratch, among = 1) {
    this.sort = new RecordSort(scratch, { width: 2, keys: 1, among });
  }

  add(score: number, positive: boolean, weight: number): void {
    // The sign tells the class: weights are above 0.
    this.sort.add(-score, positive ? weight : -weight);
  }

  sweep(visit: SweepVisitor): void {
    const sorted = this.sort.read();
    let truePositives = 0;
    let falsePositives = 0;
    let more = sorted.next();
    while (more) {
      const negated = sorted.record[0];
      for (; more && sorted.record[0] === negated; more = sorted.next()) {
        const weight = sorted.record[1];
        if (weight > 0) truePositives += weight;
        else falsePositives -= weight;
      }
      visit(-negated, truePositives, falsePositives);
    }
  }

  /** Both areas in one sweep, NaN where a side has no rows, and the weight of each side. */
  areas(): RankingAreas & { readonly negatives: number } {
    let area = 0;
    let precision = 0;
    let positives = 0;
    let negatives = 0;
    this.sweep((_, truePositives, falsePositives) => {
      const gained = truePositives - positives;
      area += ((falsePositives - negatives) * (truePositives + positives)) / 2;
      precision += (gained * truePositives) / (truePositives + falsePositives);
      positives = truePositives;
      negatives = falsePositives;
    });
    return {
      roc: positives > 0 && negatives > 0 ? area / positives / negatives : Number.NaN,
      precisionRecall: positives > 0 ? precision / positives : Number.NaN,
      positives,
      negatives,
    };
  }

  close(): void {
    this.sort.close();
  }
}

/** Classes whose scores are sorted in one pass over the rows. */
const atOnce = 16;

/**
 * Works on the sorted scores of many classes, some of them at a time.
 * @param fill adds the scores of some classes, from `first` up to but not `end`.
 */
export function sortEachClass<T>(
  scratch: Scratch,
  classes: number,
  fill: (sorts: readonly ScoreSort[], first: number, end: number) => void,
  work: (sort: ScoreSort, c: number) => T,
): T[] {
  const found: T[] = [];
  for (let first = 0; first < classes; first += atOnce) {
    const end = Math.min(first + atOnce, classes);
    const among = end - first;
    const sorts = Array.from({ length: among }, () => new ScoreSort(scratch, among));
    try {
      fill(sorts, first, end);
      sorts.forEach((sort, i) => {
        found.push(work(sort, first + i));
      });
    } finally {
      for (const sort of sorts) sort.close();
    }
  }
  return found;
}
