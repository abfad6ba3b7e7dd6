/**
 * Replaces `y` by `argmin_x threshold·Σ|x_i+1 − x_i| + ½‖x − y‖²`. The running sums of the solution are a
 * string pulled tight inside a tube of half width `threshold` around the running sums of `y`, both ends
 * fixed; its slopes are the solution. @cite davies2001
 */
export function smoothByTotalVariation(y: Float64Array, threshold: number): void {
  const n = y.length;
  const sums = new Float64Array(n + 1);
  for (let i = 0; i < n; i++) sums[i + 1] = sums[i] + y[i];
  const width = (k: number) => (k === n ? 0 : threshold);
  let from = 0;
  let height = 0;
  while (from < n) {
    let low = Number.NEGATIVE_INFINITY;
    let high = Number.POSITIVE_INFINITY;
    let lowAt = from;
    let highAt = from;
    let bend: "low" | "high" | undefined;
    for (let k = from + 1; k <= n && !bend; k++) {
      const bottom = (sums[k] - width(k) - height) / (k - from);
      const top = (sums[k] + width(k) - height) / (k - from);
      if (bottom > high) bend = "high";
      else if (top < low) bend = "low";
      else {
        if (bottom >= low) [low, lowAt] = [bottom, k];
        if (top <= high) [high, highAt] = [top, k];
      }
    }
    // Without a bend the string reaches the end, where bottom and top meet.
    const [slope, to] = bend === "high" ? [high, highAt] : bend === "low" ? [low, lowAt] : [low, n];
    y.fill(slope, from, to);
    height = sums[to] + (bend === "high" ? width(to) : -width(to));
    from = to;
  }
}
