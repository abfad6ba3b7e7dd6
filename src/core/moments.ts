/** Running count, mean, spread and range in double precision. @cite welford1962 */
export class Moments {
  count = 0;
  mean = 0;
  minimum = Number.POSITIVE_INFINITY;
  maximum = Number.NEGATIVE_INFINITY;
  private squares = 0;

  add(x: number): void {
    this.count++;
    const before = x - this.mean;
    this.mean += before / this.count;
    this.squares += before * (x - this.mean);
    this.minimum = Math.min(this.minimum, x);
    this.maximum = Math.max(this.maximum, x);
  }

  /** Population standard deviation; NaN without values. */
  get deviation(): number {
    return Math.sqrt(this.squares / this.count);
  }

  /** The deviation as a divisor: 1 where the values do not vary (to rounding) or there are none. */
  get scale(): number {
    const { deviation } = this;
    return deviation > 1e-12 * Math.abs(this.mean) && deviation > 0 ? deviation : 1;
  }
}
