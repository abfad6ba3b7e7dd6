import { Moments } from "../../core/moments.ts";

/** Mean and spread of each of several numbers, over the cells where it is known. */
export class ElementMoments {
  private readonly moments: readonly Moments[];

  constructor(width: number) {
    this.moments = Array.from({ length: width }, () => new Moments());
  }

  /** Adds a cell; NaN is a number that is missing. */
  add(numbers: ArrayLike<number>): void {
    for (let i = 0; i < this.moments.length; i++) {
      if (!Number.isNaN(numbers[i])) this.moments[i].add(numbers[i]);
    }
  }

  /** 0 for numbers that were never known. */
  get mean(): number[] {
    return this.moments.map((m) => m.mean);
  }

  /** The deviation of each number, 1 where it does not vary. */
  get apart(): number[] {
    return this.moments.map((m) => m.scale);
  }

  /** One deviation for all: the root of their mean variance, 1 where none varies. */
  get together(): number[] {
    const variances = this.moments.map((m) => (m.count > 0 ? m.deviation ** 2 : 0));
    const mean = variances.reduce((a, b) => a + b, 0) / Math.max(1, variances.length);
    return variances.map(() => (mean > 0 ? Math.sqrt(mean) : 1));
  }

  /** 1 where any number varies, else 0: the mean loss of predicting the means, in units of the variance. */
  get spread(): 0 | 1 {
    return this.moments.some((m) => m.maximum > m.minimum) ? 1 : 0;
  }
}
