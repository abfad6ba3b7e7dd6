import type { InBlocks } from "./blocks.ts";
import type { PairArrays } from "./held-pairs.ts";
import { type Pairs, type RankAgreement, weightedMedian } from "./pairs.ts";
import { RankSort } from "./rank-sort.ts";
import { RecordSort } from "./record-sort.ts";

/** Pairs in blocks: sums go over the blocks, orders are sorted on disk. */
export class PairBlocks implements Pairs {
  readonly count: number = 0;
  readonly totalWeight: number = 0;
  readonly problem: string | undefined;
  readonly only: Pairs["only"];
  private readonly given: InBlocks<PairArrays & { readonly problem?: string | undefined }>;
  private cachedAgreement: RankAgreement | undefined;

  constructor(given: InBlocks<PairArrays & { readonly problem?: string | undefined }>) {
    this.given = given;
    const truth = new OneValue();
    const prediction = new OneValue();
    for (const block of given.blocks()) {
      this.count += block.truth.length;
      for (const weight of block.weights) this.totalWeight += weight;
      this.problem ??= block.problem;
      truth.add(block.truth);
      prediction.add(block.prediction);
    }
    this.only = { truth: truth.value, prediction: prediction.value };
  }

  mean(f: (truth: number, prediction: number) => number): number {
    let sum = 0;
    this.each((truth, prediction, weight) => {
      sum += weight * f(truth, prediction);
    });
    return sum / this.totalWeight;
  }

  median(f: (truth: number, prediction: number) => number): number {
    const sort = new RecordSort(this.given.scratch, { width: 2, keys: 1 });
    try {
      this.each((truth, prediction, weight) => sort.add(f(truth, prediction), weight));
      const sorted = sort.read();
      return weightedMedian(this.totalWeight, () =>
        sorted.next() ? { value: sorted.record[0], weight: sorted.record[1] } : undefined,
      );
    } finally {
      sort.close();
    }
  }

  tally(holds: (truth: number, prediction: number) => boolean): number {
    let count = 0;
    this.each((truth, prediction) => {
      if (holds(truth, prediction)) count++;
    });
    return count;
  }

  findPrediction(holds: (prediction: number) => boolean): number | undefined {
    for (const { prediction } of this.given.blocks()) {
      const found = prediction.find(holds);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  get agreement(): RankAgreement {
    this.cachedAgreement ??= this.sortRanks();
    return this.cachedAgreement;
  }

  private sortRanks(): RankAgreement {
    const sort = new RankSort(this.given.scratch, this.totalWeight);
    try {
      this.each((truth, prediction, weight) => sort.add(truth, prediction, weight));
      return sort.agreement();
    } finally {
      sort.close();
    }
  }

  private each(visit: (truth: number, prediction: number, weight: number) => void): void {
    for (const { truth, prediction, weights } of this.given.blocks()) {
      for (let i = 0; i < truth.length; i++) visit(truth[i], prediction[i], weights[i]);
    }
  }
}

/** The number that all numbers so far are. */
class OneValue {
  private first: number | undefined;
  private several = false;

  add(values: Float64Array): void {
    if (values.length > 0) this.first ??= values[0];
    this.several ||= values.some((x) => x !== this.first);
  }

  get value(): number | undefined {
    return this.several ? undefined : this.first;
  }
}
