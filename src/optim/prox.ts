/**
 * A proximal map: replaces `x` by `argmin_u penalty(u) + ‖u − x‖² / (2·step)`.
 * @cite parikh2014
 */
export type Prox = (x: Float64Array, step: number) => void;

/** A penalty that need not be smooth: its value and its proximal map. */
export interface Penalty {
  readonly value: (x: Float64Array) => number;
  readonly prox: Prox;
}

/**
 * The elastic net `l1·Σ wᵢ|xᵢ| + ½·l2·Σ wᵢxᵢ²`; the lasso where `l2` is 0.
 * @param weights wᵢ, a factor for each component: 0 leaves an intercept free. All 1 by default.
 */
export function elasticNet(l1: number, l2 = 0, weights?: Float64Array): Penalty {
  const weightOf = (i: number) => (weights ? weights[i] : 1);
  return {
    value(x) {
      let sum = 0;
      for (let i = 0; i < x.length; i++) {
        sum += weightOf(i) * (l1 * Math.abs(x[i]) + 0.5 * l2 * x[i] * x[i]);
      }
      return sum;
    },
    prox(x, step) {
      for (let i = 0; i < x.length; i++) {
        const scale = step * weightOf(i);
        const size = Math.abs(x[i]) - scale * l1;
        x[i] = size > 0 ? (Math.sign(x[i]) * size) / (1 + scale * l2) : 0;
      }
    },
  };
}
