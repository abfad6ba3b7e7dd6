import { z } from "zod";
import type { Tensor } from "../../compiler/graph.ts";
import { activations } from "../../nn/activations.ts";
import type { Builder } from "../../nn/builder.ts";
import { linear } from "../../nn/linear.ts";
import { maskedBatchNorm } from "../../nn/masked-batch-norm.ts";
import type { SequenceEncoder } from "../sequence/sequence-encoder.ts";

const config = z
  .strictObject({
    filters: z
      .array(z.int().min(1).max(2048))
      .min(1)
      .max(6)
      .default([16, 32, 64])
      .describe("Filters of each convolution block; every block halves time and bands."),
    kernel: z.literal([3, 5, 7]).default(3).describe("Side of the filters, in frames and bands."),
    activation: z
      .enum(["relu", "gelu", "silu", "tanh"])
      .default("relu")
      .describe("Non-linearity of the blocks."),
  })
  .describe("Options of the convolutional network.");

type Config = z.infer<typeof config>;

/**
 * The frames as a picture of time and pitch: blocks of convolution, batch norm, activation and max-pooling by
 * 2, then an affine map of each column of what is left. Places without sound are 0 before every
 * convolution, and count in no mean. @cite ioffe2015, he2015
 */
export const spectrogram: SequenceEncoder<Config> = {
  name: "spectrogram",
  title: "Convolution over the spectrogram",
  summary: "Small filters over time and pitch, as over a picture.",
  cite: ["ioffe2015", "he2015"],
  config,
  build(builder, { values, mask }, { filters, kernel, activation }, { size, dropout }) {
    // Time is filled up to what all blocks halve evenly, so that padding changes nothing.
    const [, steps, bands] = values.shape;
    const multiple = 2 ** filters.length;
    const more = Math.ceil(steps / multiple) * multiple - steps;
    let there = mask.pad([0, 0], [0, more]);
    let h = values
      .mul(mask.unsqueeze(2))
      .pad([0, 0, 0], [0, more, 0])
      .reshape([-1, 1, steps + more, bands]);
    filters.forEach((count, i) => {
      const block = () => convolved(builder, h, there, count, kernel, activation);
      h = builder.scope(`block.${i}`, block);
      there = there.reshape([-1, there.shape[1] / 2, 2]).max(2);
    });
    const [, channels, columns, rows] = h.shape;
    const each = h.transpose([0, 2, 1, 3]).reshape([-1, columns, channels * rows]);
    return { values: linear(builder, "out", builder.dropout(each, dropout), size), mask: there };
  },
};

/** `[B, C, T, M]` and the mask `[B, T]` to `[B, filters, T/2, M/2]`, 0 where the mask of pairs is. */
function convolved(
  builder: Builder,
  x: Tensor,
  mask: Tensor,
  filters: number,
  kernel: number,
  activation: Config["activation"],
): Tensor {
  const { apply, initializer } = activations[activation];
  const pad = (kernel - 1) / 2;
  const weight = builder.parameter("weight", [filters, x.shape[1], kernel, kernel], initializer);
  const h = x.conv(weight, { pads: [pad, pad, pad, pad] });
  const seen = mask.reshape([-1, 1, mask.shape[1], 1]);
  const normed = maskedBatchNorm(builder, "norm", h, seen);
  const shown = apply(normed).mul(seen);
  return shown.maxPool({ kernel: [2, shown.shape[3] >= 2 ? 2 : 1] });
}
