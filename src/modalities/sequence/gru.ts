import { z } from "zod";
import { concat } from "../../compiler/graph.ts";
import { gru as gatedUnit } from "../../nn/gru.ts";
import type { Sequence } from "../../nn/sequence.ts";
import type { SequenceEncoder } from "./sequence-encoder.ts";

const config = z
  .strictObject({
    layers: z
      .int()
      .min(1)
      .max(8)
      .default(1)
      .describe("Layers, each over the states of the one before."),
    bidirectional: z
      .boolean()
      .default(true)
      .describe("Half of each vector is made by reading from the end."),
  })
  .describe("Options of the recurrent encoder.");

/** Gated recurrent units, in one direction or both. @cite cho2014, graves2005 */
export const gru: SequenceEncoder<z.infer<typeof config>> = {
  name: "gru",
  title: "Gated recurrent unit",
  summary: "Reads the sequence step by step and keeps a state.",
  cite: ["cho2014", "graves2005"],
  config,
  fromEnd: ({ bidirectional }, size) => (bidirectional ? Math.floor(size / 2) : 0),
  build(builder, sequence, options, { size, dropout }) {
    const back = gru.fromEnd?.(options, size) ?? 0;
    let s: Sequence = sequence;
    for (let l = 0; l < options.layers; l++) {
      const given = { ...s, values: l > 0 ? builder.dropout(s.values, dropout) : s.values };
      const values = builder.scope(`layer.${l}`, () => {
        const forward = gatedUnit(builder, "forward", given, size - back);
        return back === 0
          ? forward
          : concat([forward, gatedUnit(builder, "backward", given, back, true)], 2);
      });
      s = { values, mask: s.mask };
    }
    return s;
  },
};
