/** Running mean and variance in double precision. @cite welford1962 */
export class Moments {
  count = 0;
  mean = 0;
  private squares = 0;

  add(x: number): void {
    this.count++;
    const before = x - this.mean;
    this.mean += before / this.count;
    this.squares += before * (x - this.mean);
  }

  /** Population standard deviation; 1 where the values do not vary (to rounding) or there are none. */
  get scale(): number {
    const deviation = Math.sqrt(this.squares / Math.max(1, this.count));
    return deviation > 1e-12 * Math.abs(this.mean) && deviation > 0 ? deviation : 1;
  }
}
