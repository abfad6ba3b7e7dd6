import { z } from "zod";
import type { ProximalRegularizer } from "./regularizer.ts";
import { subspacePenalty } from "./shared-subspace.ts";

const config = z.strictObject({
  weight: z.number().min(0).default(1e-2).describe("Factor of the whole penalty."),
  clusters: z.int().min(1).max(10_000).default(3).describe("Number of clusters of outputs."),
  ratio: z
    .number()
    .positive()
    .default(0.1)
    .describe("η: what a cluster's mean costs relative to the spread within clusters."),
});

/**
 * Outputs form clusters of like weights: the convex relaxation of k-means over columns,
 * ½·weight·η(1+η)·tr(W·(ηI + M)⁻¹·Wᵀ), least over 0 ≼ M ≼ I of trace `clusters`. @cite jacob2009 zhou2011
 */
export const clustered: ProximalRegularizer<z.infer<typeof config>> = {
  name: "clustered",
  title: "Clustered tasks (CMTL)",
  summary: "½·weight·η(1+η)·tr(W·(ηI + M)⁻¹·Wᵀ), M the relaxed clustering of outputs.",
  cite: ["jacob2009", "zhou2011"],
  config,
  convex: true,
  form: "proximal",
  ...subspacePenalty<z.infer<typeof config>>(({ weight, clusters, ratio }) => ({
    weight,
    size: clusters,
    ratio,
  })),
};
