import { z } from "zod";
import { concat } from "../compiler/graph.ts";
import { normal } from "../nn/initializers.ts";
import { linear } from "../nn/linear.ts";
import type { FeatureFusion } from "./fusion.ts";
import { conditionName, projectedSize } from "./options.ts";
import { apart, projected, widthOf } from "./parts.ts";
import { requirePart } from "./requirements.ts";

const config = z
  .strictObject({ condition: conditionName, size: projectedSize })
  .describe("Options of feature-wise modulation.");

/**
 * One part conditions the others: each of their projected features is scaled by 1 + γ and shifted by β,
 * both affine in the condition. The others lie side by side. @cite perez2018
 */
export const film: FeatureFusion<z.infer<typeof config>> = {
  name: "film",
  title: "Feature-wise linear modulation",
  summary: "One input scales and shifts the features of the others.",
  cite: ["perez2018"],
  config,
  form: "features",
  check: (names, { condition }) => requirePart("condition", names, condition),
  build(builder, parts, { condition, size }) {
    const { chosen, others } = apart(parts, condition);
    if (others.length === 0) return projected(builder, parts, size)[0];
    const width = widthOf(parts, size);
    const modulated = projected(builder, others, width).map((h, i) => {
      const both = linear(builder, `condition.${others[i].name}`, chosen.features, 2 * width, {
        initializer: normal(0.02),
      });
      const scale = both.slice(1, 0, width).add(1);
      return h.mul(scale).add(both.slice(1, width));
    });
    return concat(modulated, 1);
  },
};
