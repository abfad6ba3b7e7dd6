import { type Drift, kolmogorovSmirnov } from "./carry.ts";
import { quantile, Reservoir } from "./reservoir.ts";

/** Values of a quantity whose quantiles are kept to compare tables by. */
const comparedValues = 4096;
/** The same where there are many quantities. */
const fewerValues = 1024;

/** Parts into which the quantiles that are kept cut the training values. */
const keptQuantiles = 20;

/** Evenly spaced quantiles of ascending values, by which tables are compared; none of no values. */
export function quantilesOf(sorted: Float64Array): number[] {
  if (sorted.length === 0) return [];
  return Array.from({ length: keptQuantiles + 1 }, (_, i) => quantile(sorted, i / keptQuantiles));
}

/** A uniform sample of a quantity, as large as comparing needs. */
export function comparedSample(): Reservoir {
  return new Reservoir(comparedValues);
}

/** What is kept of some quantities of the cells to compare tables by. */
export interface Compared {
  /** Cells that were measured. */
  readonly cells: number;
  /** Evenly spaced quantiles of each quantity, by its name. */
  readonly quantiles: Readonly<Record<string, readonly number[]>>;
}

/** Collects quantities of cells, one cell after another; NaN is not counted. */
export class Comparing {
  private readonly samples = new Map<string, Reservoir>();
  private cells = 0;

  add(quantities: Readonly<Record<string, number>>): void {
    this.cells++;
    for (const [name, value] of Object.entries(quantities)) {
      if (Number.isNaN(value)) continue;
      const sample = this.samples.get(name) ?? new Reservoir(fewerValues);
      this.samples.set(name, sample);
      sample.add(value);
    }
  }

  finish(): Compared {
    const quantiles = [...this.samples].map(([name, s]) => [name, quantilesOf(s.sorted())]);
    return { cells: this.cells, quantiles: Object.fromEntries(quantiles) };
  }
}

/** Euler's constant: the mean of a Gumbel variable. */
const euler = 0.5772156649;

/**
 * The largest distance of distribution functions among the quantities that two tables have in common. Chance makes
 * the largest of K larger than one: Kolmogorov's tail 2·exp(−2x²) puts it near √((ln 2K + γ)/2)·√(1/n + 1/m),
 * and lower where quantities go together. Nothing where a model is of before they were kept.
 */
export function largestDistance(from: Compared | undefined, to: Compared | undefined): Drift[] {
  if (!from || !to || from.cells === 0 || to.cells === 0) return [];
  const names = Object.keys(to.quantiles).filter((name) => Object.hasOwn(from.quantiles, name));
  const drifts = names.map((name) => ({
    of: name,
    ...kolmogorovSmirnov(from.quantiles[name], to.quantiles[name], [from.cells, to.cells]),
  }));
  if (drifts.length === 0) return [];
  const most = drifts.reduce((a, b) => (b.value > a.value ? b : a));
  const spread = Math.sqrt(1 / from.cells + 1 / to.cells);
  const largest = Math.sqrt((Math.log(2 * drifts.length) + euler) / 2) * spread;
  return [{ ...most, noise: Math.min(1, Math.max(most.noise, largest)) }];
}
