import { z } from "zod";
import type { Weighting } from "./weighting.ts";

const config = z.strictObject({}).describe("No options.");

/** Every task counts 1/K, whatever its own weight says. */
export const equal: Weighting<z.infer<typeof config>> = {
  name: "equal",
  title: "Equal weights",
  summary: "Every task counts the same: λ_i = 1/K.",
  config,
  needs: "nothing",
  create: (_, { names }) => constant(new Float64Array(names.length).fill(1 / names.length)),
};

/** A weigher that never changes its mind. */
export function constant(lambda: Float64Array) {
  return {
    weights: () => lambda,
    state: () => null,
    restore: () => {},
  };
}
