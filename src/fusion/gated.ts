import { z } from "zod";
import { stack } from "../compiler/compose.ts";
import { concat, type Tensor } from "../compiler/graph.ts";
import { absentBias } from "../nn/attention.ts";
import { linear } from "../nn/linear.ts";
import type { FeatureFusion } from "./fusion.ts";
import { projectedSize } from "./options.ts";
import { counts, projected, widthOf } from "./parts.ts";

const config = z
  .strictObject({
    size: projectedSize,
    gate: z
      .enum(["softmax", "sigmoid"])
      .default("softmax")
      .describe("Whether the inputs compete for weights that add up to 1, or each has its own."),
    each: z
      .enum(["feature", "input"])
      .default("feature")
      .describe("Whether each feature of an input has a weight, or the input as a whole."),
  })
  .describe("Options of gated fusion.");

/**
 * A weighted sum of tanh(projections), whose weights are computed from all parts. Absent parts weigh
 * nothing and do not enter the gates. @cite arevalo2017
 */
export const gated: FeatureFusion<z.infer<typeof config>> = {
  name: "gated",
  title: "Gated fusion",
  summary: "A sum of the inputs by weights that all of them decide; absent ones weigh nothing.",
  cite: ["arevalo2017"],
  config,
  form: "features",
  build(builder, parts, { size, gate, each }) {
    const hidden = projected(builder, parts, size).map((h) => h.tanh());
    // A single part has nobody to compete with.
    if (parts.length === 1 && gate === "softmax") return hidden[0];
    const counted = counts(parts);
    const seen = concat(
      parts.map((p, i) => p.features.mul(counted[i])),
      1,
    );
    const width = each === "feature" ? widthOf(parts, size) : 1;
    const scores = linear(builder, "gate", seen, width * parts.length).reshape([
      -1,
      width,
      parts.length,
    ]);
    const there = concat(counted, 1).unsqueeze(1);
    const weights: Tensor =
      gate === "softmax" ? scores.add(absentBias(there)).softmax() : scores.sigmoid().mul(there);
    return stack(hidden, 2).mul(weights).sum(2);
  },
};
