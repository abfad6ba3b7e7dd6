import { z } from "zod";
import { fromGram } from "./from-gram.ts";
import { dot, type Gram, lengths, pick, scaled, squaredLength, times } from "./gram.ts";
import { impartialTolerance } from "./imtl-g.ts";
import { preference, preferenceOf } from "./preference.ts";
import { leastNormSolution } from "./symmetric-eigen.ts";
import type { Weighting } from "./weighting.ts";

const config = z.strictObject({ preference });

/**
 * The direction with equal positive cosines to all gradients (with a preference: cosines in those
 * ratios), as long as the sum of the gradients' projections on it.
 */
export const conFIG: Weighting<z.infer<typeof config>> = {
  name: "conFIG",
  title: "ConFIG",
  summary: "Conflict-free inverse gradients: a direction with equal cosines to all gradients.",
  cite: ["liu2025"],
  config,
  needs: "gradients",
  create({ preference }, tasks) {
    const share = preferenceOf(preference, tasks, tasks.names.length);
    return fromGram(tasks, {
      own: "one",
      weights: (gram, at) => conflictFree(gram, pick(share, at)),
    });
  },
};

/** Weights of U⁺p, made a unit vector times the sum of the gradients' projections on it. */
export function conflictFree(gram: Gram, p: Float64Array): Float64Array {
  const inverse = lengths(gram).map((v) => (v > 0 ? 1 / v : 0));
  const cosines = p.map((v, i) => (inverse[i] > 0 ? v : 0));
  const unit = leastNormSolution(scaled(gram, inverse), cosines, impartialTolerance);
  const w = unit.map((v, i) => v * inverse[i]);
  const length = Math.sqrt(squaredLength(gram, w));
  if (!(length > 1e-9 * Math.sqrt(dot(unit, unit)))) return new Float64Array(gram.k);
  const projections = times(gram, w).reduce((a, b) => a + b, 0) / length;
  return w.map((v) => (v / length) * projections);
}
