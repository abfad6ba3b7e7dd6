import { z } from "zod";
import type { Tensor } from "../compiler/graph.ts";
import type { Builder } from "../nn/builder.ts";
import { ones } from "../nn/initializers.ts";
import { linear } from "../nn/linear.ts";
import type { FeatureFusion, Part } from "./fusion.ts";
import { projectedSize } from "./options.ts";
import { widthOf } from "./parts.ts";
import { requireAtMost } from "./requirements.ts";

/** Weights that one pair of parts may have: 64 MB. */
const weightLimit = 2 ** 24;

const config = z
  .strictObject({
    size: projectedSize.describe("Width of the result; null takes that of the widest input."),
    form: z
      .enum(["vector", "matrix"])
      .default("vector")
      .describe(
        "Whether an input scales each feature of the next, or maps all of them by a whole matrix; a matrix has the product of the widths as weights.",
      ),
  })
  .describe("Options of multiplicative interactions.");

/** (W(z) + W₀)·x + U·z + b: what z makes of x, `[B, size]`. */
function interact(
  builder: Builder,
  z: Tensor,
  x: Part,
  size: number,
  form: "vector" | "matrix",
): Tensor {
  return builder.scope(`with.${x.name}`, () => {
    const width = x.features.shape[1];
    const shift = linear(builder, "shift", z, size);
    if (form === "vector") {
      const scaled = linear(builder, "project", x.features, size, { bias: false });
      return linear(builder, "scale", z, size, { biasInitializer: ones }).mul(scaled).add(shift);
    }
    const numbers = z.shape[1] * width * size;
    const hint = "choose form vector, or a smaller size";
    requireAtMost("form", "weights of a pair of inputs", numbers, weightLimit, hint);
    const map = linear(builder, "map", z, width * size);
    const mapped = x.features.unsqueeze(1).matmul(map.reshape([-1, width, size]));
    // A bias of the map is W₀; what x alone adds starts as any layer does, by a map of its own.
    const alone = linear(builder, "project", x.features, size, { bias: false });
    return mapped.squeeze(1).add(alone).add(shift);
  });
}

/**
 * Interactions that are linear in each part: the first part makes the map of the second, their result that
 * of the third, and so on. @cite jayakumar2020
 */
export const multiplicative: FeatureFusion<z.infer<typeof config>> = {
  name: "multiplicative",
  title: "Multiplicative interactions",
  summary: "Each input's features are scaled or mapped by what the inputs before it say.",
  cite: ["jayakumar2020"],
  config,
  form: "features",
  build(builder, parts, { size, form }) {
    const width = widthOf(parts, size);
    const [first, ...others] = parts;
    if (others.length === 0) return linear(builder, `project.${first.name}`, first.features, width);
    return others.reduce((z, part) => interact(builder, z, part, width, form), first.features);
  },
};
