import { z } from "zod";
import { linear } from "../../nn/linear.ts";
import type { SequenceEncoder } from "./sequence-encoder.ts";

const config = z.strictObject({}).describe("Nothing to choose.");

/** Each vector by itself; an affine map where it has another width. */
export const none: SequenceEncoder<z.infer<typeof config>> = {
  name: "none",
  title: "No encoder",
  summary: "Every vector by itself: order and neighbours do not matter.",
  config,
  build: (builder, { values, mask }, _, { size }) => ({
    values: values.shape[2] === size ? values : linear(builder, "in", values, size),
    mask,
  }),
};
