import { z } from "zod";
import { concat, type Tensor } from "../../compiler/graph.ts";
import type { Builder } from "../../nn/builder.ts";
import { convTime } from "../../nn/conv-time.ts";
import type { Sequence } from "../../nn/sequence.ts";
import { maxOverWindows } from "./pooling.ts";
import type { SequenceEncoder } from "./sequence-encoder.ts";

const config = z
  .strictObject({
    kernels: z
      .array(z.int().min(1).max(64))
      .min(1)
      .max(8)
      .default([3, 5])
      .describe("Steps that filters see; those of each width make an equal share of the vector."),
    layers: z
      .int()
      .min(1)
      .max(32)
      .default(1)
      .describe("Layers of filters; those after the first add what they are given."),
    pool: z
      .int()
      .min(1)
      .max(16)
      .default(1)
      .describe(
        "Steps of which each layer keeps the largest values, and so shortens the sequence.",
      ),
  })
  .describe("Options of the convolutional encoder.");

/** Convolutions of several widths side by side over time, and max-pooling. @cite kim2014 */
export const cnn: SequenceEncoder<z.infer<typeof config>> = {
  name: "cnn",
  title: "Convolution over time",
  summary: "Filters that see a few neighbouring vectors at a time.",
  cite: ["kim2014"],
  config,
  build(builder, sequence, { kernels, layers, pool }, { size, dropout }) {
    let s: Sequence = sequence;
    for (let l = 0; l < layers; l++) {
      const found = builder.scope(`layer.${l}`, () => filtered(builder, s, kernels, size));
      const h = builder.dropout(found, dropout);
      s = maxOverWindows({ values: l > 0 ? s.values.add(h) : h, mask: s.mask }, pool);
    }
    return s;
  },
};

function filtered(
  builder: Builder,
  { values, mask }: Sequence,
  kernels: readonly number[],
  size: number,
): Tensor {
  const shown = values.mul(mask.unsqueeze(2));
  // The first take what does not divide evenly.
  const filters = kernels.map((_, i) =>
    Math.floor((size + kernels.length - 1 - i) / kernels.length),
  );
  const parts = kernels.flatMap((kernel, i) =>
    filters[i] > 0 ? [convTime(builder, `${i}`, shown, { filters: filters[i], kernel })] : [],
  );
  return (parts.length === 1 ? parts[0] : concat(parts, 2)).relu();
}
