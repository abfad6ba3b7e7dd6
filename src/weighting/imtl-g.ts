import { z } from "zod";
import { fromGram } from "./from-gram.ts";
import { type Gram, lengths, scaled } from "./gram.ts";
import { leastNormSolution } from "./symmetric-eigen.ts";
import type { Weighting } from "./weighting.ts";

const config = z.strictObject({}).describe("No options.");

/** The combination Σ α_i g_i, Σ α_i = 1, whose projections on all the gradients' directions are equal. */
export const imtlG: Weighting<z.infer<typeof config>> = {
  name: "imtlG",
  title: "IMTL-G",
  summary: "The update has equal projections on all tasks' gradients (impartial, gradients).",
  cite: ["liu2021imtl"],
  config,
  needs: "gradients",
  create: (_, tasks) => fromGram(tasks, { own: "one", weights: impartial }),
};

/** Share of the greatest eigenvalue below which directions of unit gradients count as dependent. */
export const impartialTolerance = 1e-12;

/**
 * The α with Σ α = 1 and equal (Gα)_i / ‖g_i‖. Dependent gradients share by least squares; zero
 * gradients get 0; all get 0 where equal projections mean no update at all, as with opposite gradients.
 */
export function impartial(gram: Gram): Float64Array {
  const d = lengths(gram);
  const inverse = d.map((v) => (v > 0 ? 1 / v : 0));
  const ones = inverse.map((v) => (v > 0 ? 1 : 0));
  const unit = leastNormSolution(scaled(gram, inverse), ones, impartialTolerance);
  const alpha = unit.map((v, i) => v * inverse[i]);
  let sum = 0;
  let size = 0;
  for (const v of alpha) {
    sum += v;
    size += Math.abs(v);
  }
  return Math.abs(sum) > 1e-12 * size ? alpha.map((v) => v / sum) : new Float64Array(gram.k);
}
