import { z } from "zod";
import { Random } from "../core/random.ts";
import { forgetful } from "./keep.ts";
import { softmax } from "./simplex.ts";
import type { Weighting } from "./weighting.ts";

const config = z.strictObject({
  distribution: z
    .enum(["normal", "uniform", "dirichlet"])
    .default("normal")
    .describe(
      "Where weights are drawn: softmax of normal or uniform numbers, or evenly on the simplex.",
    ),
});

/** Random weights that sum to 1, new at every step, drawn from seed and step: a baseline for all others. */
export const rlw: Weighting<z.infer<typeof config>> = {
  name: "rlw",
  title: "Random loss weighting",
  summary: "New random weights at every step; a baseline for learned ones.",
  cite: ["lin2022"],
  config,
  needs: "nothing",
  create: ({ distribution }, { names, seed }) => ({
    weights({ step }) {
      const random = Random.from(seed, "rlw", step);
      const draw = {
        normal: () => random.normal(),
        uniform: () => random.uniform(),
        // exp(log e) with e exponential, normalised, is even on the simplex.
        dirichlet: () => Math.log(-Math.log(1 - random.uniform()) + Number.MIN_VALUE),
      }[distribution];
      return softmax(Array.from(names, draw));
    },
    ...forgetful,
  }),
};
