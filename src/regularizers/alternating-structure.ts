import { z } from "zod";
import type { ProximalRegularizer } from "./regularizer.ts";
import { subspacePenalty } from "./shared-subspace.ts";

const config = z.strictObject({
  weight: z.number().min(0).default(1e-2).describe("Factor of the whole penalty."),
  dimension: z.int().min(1).max(10_000).default(3).describe("Dimensions of the shared subspace."),
  ratio: z
    .number()
    .positive()
    .default(0.1)
    .describe("η: what weights inside the shared subspace cost relative to those outside."),
});

/**
 * Weights are free in a subspace of features that outputs share and small outside:
 * ½·weight·η(1+η)·tr(Wᵀ·(ηI + M)⁻¹·W), least over 0 ≼ M ≼ I of trace `dimension`, the convex
 * relaxation of alternating structure optimization. It equals `clustered` at as many clusters.
 * @cite ando2005 chen2009 zhou2011
 */
export const alternatingStructure: ProximalRegularizer<z.infer<typeof config>> = {
  name: "alternatingStructure",
  title: "Alternating structure (cASO)",
  summary: "½·weight·η(1+η)·tr(Wᵀ·(ηI + M)⁻¹·W), M the relaxed shared subspace of features.",
  cite: ["ando2005", "chen2009", "zhou2011"],
  config,
  convex: true,
  form: "proximal",
  ...subspacePenalty<z.infer<typeof config>>(({ weight, dimension, ratio }) => ({
    weight,
    size: dimension,
    ratio,
  })),
};
