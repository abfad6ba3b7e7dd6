import { Random } from "../core/random.ts";

/** Values kept: quantiles are exact up to so many, and of a uniform sample beyond. */
export const reservoirSize = 65_536;

/**
 * A uniform sample of a stream, by algorithm R with a fixed seed, so that it depends on the order of
 * the values alone and not on how they were cut into chunks. @cite vitter1985
 */
export class Reservoir {
  private readonly kept: number[] = [];
  private seen = 0;
  private readonly random = Random.from(0, "reservoir");

  add(x: number): void {
    this.seen++;
    if (this.kept.length < reservoirSize) {
      this.kept.push(x);
      return;
    }
    const at = this.random.integer(this.seen);
    if (at < reservoirSize) this.kept[at] = x;
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
