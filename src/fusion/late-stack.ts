import { z } from "zod";
import type { Initializer } from "../nn/builder.ts";
import { linear } from "../nn/linear.ts";
import type { DecisionFusion } from "./fusion.ts";

const config = z.strictObject({}).describe("No options.");

/** A diagonal matrix `[size, size]` of one value. */
function diagonal(value: number): Initializer {
  return (out, [size]) => {
    for (let i = 0; i < size; i++) out[i * (size + 1)] = value;
  };
}

/**
 * A learned linear map of the raw outputs that each part's own network gives, which starts as their
 * mean. An absent part's network reads its learned vector. @cite wolpert1992
 */
export const lateStack: DecisionFusion<z.infer<typeof config>> = {
  name: "lateStack",
  title: "Late stacking",
  summary: "A network for each input; a learned linear map weighs their raw outputs.",
  cite: ["wolpert1992"],
  config,
  form: "decisions",
  combine(builder, decisions) {
    const initializer = diagonal(1 / decisions.length);
    return decisions
      .map(({ name, raw }) =>
        linear(builder, name, raw, raw.shape[1], { bias: false, initializer }),
      )
      .reduce((a, b) => a.add(b));
  },
};
