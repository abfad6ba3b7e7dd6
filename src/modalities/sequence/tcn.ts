import { z } from "zod";
import type { Builder } from "../../nn/builder.ts";
import { convTime } from "../../nn/conv-time.ts";
import { linear } from "../../nn/linear.ts";
import type { Sequence } from "../../nn/sequence.ts";
import type { SequenceEncoder, SequenceWidth } from "./sequence-encoder.ts";

const config = z
  .strictObject({
    kernel: z.int().min(1).max(64).default(3).describe("Steps that a filter sees."),
    layers: z
      .int()
      .min(1)
      .max(16)
      .default(4)
      .describe(
        "Blocks of two convolutions; each block's filters reach twice as far back as those before.",
      ),
  })
  .describe("Options of the temporal convolutional network.");

/**
 * Residual blocks of two causal convolutions, whose dilation doubles from block to block: a vector has
 * seen 1 + 2·(kernel − 1)·(2^layers − 1) steps. Without the weight normalisation of the source. @cite bai2018
 */
export const tcn: SequenceEncoder<z.infer<typeof config>> = {
  name: "tcn",
  title: "Temporal convolutional network",
  summary: "Causal convolutions that reach far back: each vector has seen those before it alone.",
  cite: ["bai2018"],
  config,
  build(builder, { values, mask }, { kernel, layers }, width) {
    const seen = mask.unsqueeze(2);
    const blocks = Array.from({ length: layers }, (_, l) => l);
    const last = blocks.reduce(
      (h, l) => builder.scope(`block.${l}`, () => block(builder, h, seen, kernel, 2 ** l, width)),
      values,
    );
    return { values: last, mask };
  },
};

function block(
  builder: Builder,
  x: Sequence["values"],
  seen: Sequence["mask"],
  kernel: number,
  dilation: number,
  { size, dropout }: SequenceWidth,
): Sequence["values"] {
  const options = { filters: size, kernel, dilation, causal: true };
  let h = x;
  for (const name of ["first", "second"]) {
    h = builder.dropout(convTime(builder, name, h.mul(seen), options).relu(), dropout);
  }
  const shortcut = x.shape[2] === size ? x : linear(builder, "shortcut", x, size);
  return h.add(shortcut).relu();
}
