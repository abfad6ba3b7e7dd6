import { z } from "zod";
import type { Tensor } from "../../compiler/graph.ts";
import { values } from "../../nn/initializers.ts";
import { mlpLayer } from "../../nn/mlp.ts";
import { dropoutRate } from "../options.ts";
import { counts } from "../parts.ts";
import { layerSizes, streamActivation } from "./options.ts";
import type { Streams } from "./streams.ts";

const config = z
  .strictObject({
    sizes: layerSizes,
    activation: streamActivation,
    dropout: dropoutRate,
    self: z
      .number()
      .min(0)
      .max(1)
      .default(0.9)
      .describe("First weight of an input's own features; the others' share the rest to 1."),
  })
  .describe("Options of cross-stitched inputs.");

/**
 * Each part goes through layers of its own; after each of them it takes a learned mixture of all parts'
 * features. Parts that are absent add nothing to the others. @cite misra2016
 */
export const crossStitch: Streams<z.infer<typeof config>> = {
  name: "crossStitch",
  title: "Cross-stitched inputs",
  summary:
    "Layers an input; after each, an input takes a learned mixture of all. Absent inputs add nothing to others.",
  cite: ["misra2016"],
  config,
  build(builder, parts, { self, ...layers }) {
    const count = parts.length;
    const counted = counts(parts);
    const other = count > 1 ? (1 - self) / (count - 1) : 0;
    const start = Float64Array.from({ length: count * count }, (_, i) =>
      i % (count + 1) === 0 ? self : other,
    );
    let columns: readonly Tensor[] = parts.map((part) => part.features);
    for (let l = 0; l < layers.sizes.length; l++) {
      columns = parts.map(({ name }, i) =>
        mlpLayer(builder, `column.${name}`, l, columns[i], layers),
      );
      if (count === 1) continue;
      const mixture = builder.parameter(`stitch.${l}`, [count, count], values(start), {
        decay: false,
      });
      const own = columns;
      columns = own.map((_, i) =>
        own
          .map((column, j) => {
            const weight = mixture.slice(0, i, i + 1).slice(1, j, j + 1);
            return column.mul(i === j ? weight : weight.mul(counted[j]));
          })
          .reduce((a, b) => a.add(b)),
      );
    }
    return parts.map((part, i) => ({ ...part, features: columns[i] }));
  },
};
