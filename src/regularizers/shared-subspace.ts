import type { ProximalPenalty } from "./regularizer.ts";
import { mapSingularValues, singularValues } from "./svd.ts";

export interface SubspaceOptions {
  readonly weight: number;
  /** Trace of M: how many directions can be free. */
  readonly size: number;
  /** How much of the penalty is left in a free direction. */
  readonly ratio: number;
}

/**
 * ½·weight·η(1+η)·tr(W·(ηI + M)⁻¹·Wᵀ), least over 0 ≼ M ≼ I of trace `size`. In the singular
 * values σ of W it is Σσᵢ²/(η + mᵢ), least over 0 ≤ mᵢ ≤ 1 that add up to `size`; M over outputs and M
 * over features give the same. @cite jacob2009 zhou2011
 */
export function subspacePenalty<Config>(
  optionsOf: (config: Config) => SubspaceOptions,
): ProximalPenalty<Config> {
  return {
    value(weights, config, { features, outputs }) {
      const { weight, size, ratio } = optionsOf(config);
      const { values } = singularValues(weights, features, outputs);
      const shares = shareOut(values, size, ratio);
      const sum = values.reduce((total, v, i) => total + v ** 2 / (ratio + shares[i]), 0);
      return 0.5 * weight * ratio * (1 + ratio) * sum;
    },
    prox(weights, step, config, { features, outputs }) {
      const { weight, size, ratio } = optionsOf(config);
      const factor = step * weight * ratio * (1 + ratio);
      // For given m the new value is σ(η+m)/(η+m+factor); put in, m solves the same with η+factor.
      mapSingularValues(weights, features, outputs, (values) => {
        const shares = shareOut(values, size, ratio + factor);
        return values.map((v, i) => (v * (ratio + shares[i])) / (ratio + shares[i] + factor));
      });
    },
  };
}

/**
 * The m that makes Σσᵢ²/(offset + mᵢ) least, 0 ≤ mᵢ ≤ 1, Σm = size: mᵢ = σᵢ/level − offset within
 * the bounds, with the level that uses up the size. Values come largest first.
 */
export function shareOut(values: Float64Array, size: number, offset: number): Float64Array {
  if (size >= values.length) return new Float64Array(values.length).fill(1);
  const at = (level: number) =>
    values.map((v) => Math.min(1, Math.max(0, level === 0 ? 1 : v / level - offset)));
  // The sum falls as the level rises; between two of these levels it is known which are at a bound.
  const levels = [...values]
    .flatMap((v) => [v / (1 + offset), v / offset])
    .filter((level) => level > 0)
    .sort((a, b) => b - a);
  const total = (level: number) => at(level).reduce((a, b) => a + b, 0);
  let high = Number.POSITIVE_INFINITY;
  for (const level of levels) {
    if (total(level) >= size) {
      let atOne = 0;
      let inside = 0;
      let sum = 0;
      // In the open interval (level, high): at one where v ≥ high(1+offset), inside where v > level·offset.
      for (const v of values) {
        if (high !== Number.POSITIVE_INFINITY && v / (1 + offset) >= high) atOne++;
        else if (v / offset > level) {
          inside++;
          sum += v;
        }
      }
      return inside === 0 ? at(level) : at(sum / (size - atOne + inside * offset));
    }
    high = level;
  }
  // Fewer directions than the size: all are free.
  return values.map((v) => (v > 0 ? 1 : 0));
}
