import { z } from "zod";
import { linear } from "../nn/linear.ts";
import type { FeatureFusion } from "./fusion.ts";
import { conditionName } from "./options.ts";
import { apart, joined } from "./parts.ts";
import { requirePart } from "./requirements.ts";

const config = z
  .strictObject({
    condition: conditionName,
    size: z
      .int()
      .min(1)
      .max(128)
      .default(16)
      .describe("Width of the layer whose size × size weights the condition makes for each row."),
  })
  .describe("Options of the hypernetwork.");

/**
 * One part makes the weights and biases of a layer that the others, joined and projected, pass through,
 * beside a shortcut: a layer a row. @cite ha2017
 */
export const hypernetwork: FeatureFusion<z.infer<typeof config>> = {
  name: "hypernetwork",
  title: "Hypernetwork",
  summary: "One input makes the weights of a layer for the others, row by row.",
  cite: ["ha2017"],
  config,
  form: "features",
  check: (names, { condition }) => requirePart("condition", names, condition),
  build(builder, parts, { condition, size }) {
    const { chosen, others } = apart(parts, condition);
    if (others.length === 0) return linear(builder, "project", chosen.features, size);
    const h = linear(builder, "project", joined(others), size);
    const hidden = linear(builder, "condition", chosen.features, size).relu();
    const weights = linear(builder, "weights", hidden, size * size).reshape([-1, size, size]);
    const biases = linear(builder, "biases", hidden, size);
    return h.unsqueeze(1).matmul(weights).squeeze(1).add(biases).add(h);
  },
};
