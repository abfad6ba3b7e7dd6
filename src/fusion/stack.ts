import { z } from "zod";
import { stack as pile } from "../compiler/compose.ts";
import { layerNorm } from "../nn/layer-norm.ts";
import type { FeatureFusion } from "./fusion.ts";
import { projectedSize } from "./options.ts";
import { projected, widthOf } from "./parts.ts";

const config = z
  .strictObject({
    size: projectedSize,
    norm: z
      .boolean()
      .default(true)
      .describe("Normalises each projected input, so that none outweighs the others by its scale."),
  })
  .describe("Options of the stack.");

/** Projects the parts to one width, stacks them as `[B, parts, D]` and flattens that. @cite ba2016 */
export const stack: FeatureFusion<z.infer<typeof config>> = {
  name: "stack",
  title: "Stack",
  summary: "The inputs projected to one width, normalised alike, and laid side by side.",
  cite: ["ba2016"],
  config,
  form: "features",
  build(builder, parts, { size, norm }) {
    const width = widthOf(parts, size);
    const equal = projected(builder, parts, width).map((h, i) =>
      norm ? layerNorm(builder, `norm.${parts[i].name}`, h) : h,
    );
    return pile(equal, 1).reshape([-1, parts.length * width]);
  },
};
