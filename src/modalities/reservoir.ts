import { Random } from "../core/random.ts";

/** Values kept by default: quantiles are exact up to so many, and of a uniform sample beyond. */
export const reservoirSize = 65_536;

/**
 * A uniform sample of a stream with a fixed seed, so that it depends on the order of the values alone and not on
 * how they were cut into chunks. It draws how many values to pass over (algorithm L), not once a value.
 * @cite li1994 vitter1985
 */
export class Reservoir {
  private readonly kept: number[] = [];
  private seen = 0;
  /** The number, from 1, of the next value that replaces another. */
  private next = Number.POSITIVE_INFINITY;
  /** The largest of the uniform keys that the kept values would have. */
  private key = 1;
  private readonly random = Random.from(0, "reservoir");
  private readonly size: number;

  constructor(size = reservoirSize) {
    this.size = size;
  }

  add(x: number): void {
    this.seen++;
    if (this.seen <= this.size) {
      this.kept.push(x);
      if (this.seen === this.size) this.skip();
    } else if (this.seen === this.next) {
      this.kept[this.random.integer(this.size)] = x;
      this.skip();
    }
  }

  private skip(): void {
    this.key *= (1 - this.random.uniform()) ** (1 / this.size);
    const passed = Math.floor(Math.log(1 - this.random.uniform()) / Math.log1p(-this.key));
    this.next = this.seen + passed + 1;
  }

  /** The kept values in ascending order. */
  sorted(): Float64Array {
    return Float64Array.from(this.kept).sort();
  }
}

/** A quantile (0 to 1) of ascending values, linear between neighbours. */
export function quantile(sorted: Float64Array, q: number): number {
  const at = q * (sorted.length - 1);
  const low = Math.floor(at);
  const high = Math.min(low + 1, sorted.length - 1);
  const rest = at - low;
  return rest === 0 ? sorted[low] : sorted[low] * (1 - rest) + sorted[high] * rest;
}
