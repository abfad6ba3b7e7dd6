import { z } from "zod";
import { concat, type Tensor } from "../compiler/graph.ts";
import type { FeatureFusion } from "./fusion.ts";
import { projected } from "./parts.ts";
import { requireAtMost } from "./requirements.ts";

/** Products that a row may have. */
const productLimit = 65_536;

const config = z
  .strictObject({
    size: z
      .int()
      .min(1)
      .max(4096)
      .default(8)
      .describe(
        "Width that every input is projected to; the result has (size + 1)^inputs features.",
      ),
  })
  .describe("Options of tensor fusion.");

/** `[1; x]` for each row. */
export function withOne(x: Tensor): Tensor {
  return concat([x.graph.constant(1).expand([x.shape[0], 1]), x], 1);
}

/** All products of a feature of one with a feature of the other: `[B, M], [B, N] → [B, M·N]`. */
export function outer(a: Tensor, b: Tensor): Tensor {
  return a
    .unsqueeze(2)
    .mul(b.unsqueeze(1))
    .reshape([-1, a.shape[1] * b.shape[1]]);
}

/** All products of features of the projected parts, each with a 1 before it. @cite zadeh2017 */
export const tensorFusion: FeatureFusion<z.infer<typeof config>> = {
  name: "tensorFusion",
  title: "Tensor fusion",
  summary: "All products of a feature of each input, those of fewer inputs among them.",
  cite: ["zadeh2017"],
  config,
  form: "features",
  check: (names, { size }) =>
    requireAtMost(
      "size",
      `products, (size + 1)^inputs, for ${names.length} inputs`,
      (size + 1) ** names.length,
      productLimit,
      "choose a smaller size, or lowRankTensor",
    ),
  build: (builder, parts, { size }) => projected(builder, parts, size).map(withOne).reduce(outer),
};
