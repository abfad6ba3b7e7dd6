import { z } from "zod";
import { fromGram } from "./from-gram.ts";
import { type Gram, pick } from "./gram.ts";
import { preference, preferenceOf } from "./preference.ts";
import { symmetricEigen } from "./symmetric-eigen.ts";
import type { Weighting } from "./weighting.ts";

const config = z.strictObject({
  scale: z
    .enum(["min", "median", "rmse"])
    .default("min")
    .describe(
      "The singular value that all are set to: the least, the median, or the mean square's.",
    ),
  preference,
});

/**
 * The gradients are turned into the nearest system of orthogonal ones of equal length, which do not
 * conflict, and summed (with a preference: summed with those weights).
 */
export const alignedMtl: Weighting<z.infer<typeof config>> = {
  name: "alignedMtl",
  title: "Aligned-MTL",
  summary: "Gradients are replaced by the nearest orthogonal ones of equal length, then summed.",
  cite: ["senushkin2023"],
  config,
  needs: "gradients",
  create({ scale, preference }, tasks) {
    const share = preferenceOf(preference, tasks, tasks.names.length);
    return fromGram(tasks, {
      own: "one",
      weights: (gram, at) => alignedWeights(gram, pick(share, at), scale),
    });
  },
};

/** Eigenvalues below this share of the greatest, times K, count as zero (float32's precision). */
const precision = 2 ** -23;

/** σ·G^(−½)·p over the eigenvalues of G that are not zero. */
export function alignedWeights(
  gram: Gram,
  p: Float64Array,
  scale: "min" | "median" | "rmse",
): Float64Array {
  const { values, vectors } = symmetricEigen(gram);
  const used = values.filter((v) => v > values[0] * gram.k * precision);
  if (used.length === 0) return p;
  const square = {
    min: used[used.length - 1],
    median: used[Math.floor(used.length / 2)],
    rmse: used.reduce((a, b) => a + b, 0) / used.length,
  }[scale];
  const out = new Float64Array(gram.k);
  used.forEach((value, e) => {
    let along = 0;
    for (let i = 0; i < gram.k; i++) along += vectors[e][i] * p[i];
    const factor = along * Math.sqrt(square / value);
    for (let i = 0; i < gram.k; i++) out[i] += factor * vectors[e][i];
  });
  return out;
}
