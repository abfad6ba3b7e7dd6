/**
 * Adam for a handful of numbers that a weighting learns, in float64. Each number counts its own steps,
 * so that one whose task was absent moves later as if that batch had not been.
 * @cite adam
 */
export class ScalarAdam {
  readonly values: Float64Array;
  private readonly first: Float64Array;
  private readonly second: Float64Array;
  private readonly steps: Float64Array;

  constructor(values: Float64Array) {
    this.values = values;
    this.first = new Float64Array(values.length);
    this.second = new Float64Array(values.length);
    this.steps = new Float64Array(values.length);
  }

  /** Moves against the gradient; a NaN in it leaves its number alone. Weight decay joins the gradient. */
  step(gradient: Float64Array, rate: number, weightDecay = 0): void {
    const { values, first, second, steps } = this;
    for (let i = 0; i < values.length; i++) {
      if (Number.isNaN(gradient[i])) continue;
      const g = gradient[i] + weightDecay * values[i];
      steps[i]++;
      first[i] += 0.1 * (g - first[i]);
      second[i] += 0.001 * (g * g - second[i]);
      const mean = first[i] / (1 - 0.9 ** steps[i]);
      const spread = Math.sqrt(second[i] / (1 - 0.999 ** steps[i]));
      values[i] -= (rate * mean) / (spread + 1e-8);
    }
  }

  /** The vectors that a checkpoint keeps. */
  vectors(): Record<string, Float64Array> {
    return { values: this.values, first: this.first, second: this.second, steps: this.steps };
  }
}
