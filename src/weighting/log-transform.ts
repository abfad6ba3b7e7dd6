import { z } from "zod";
import { forgetful } from "./keep.ts";
import { leastLoss, positiveLosses } from "./positive.ts";
import type { Weighting } from "./weighting.ts";

const config = z.strictObject({
  offset: z
    .number()
    .min(0)
    .default(0)
    .describe(
      "The sum of log(offset + L) is minimised: 0 makes units cancel, 1 softens small losses.",
    ),
});

/** The sum of logarithms of the losses is minimised: weights 1/(offset + L_i). */
export const logTransform: Weighting<z.infer<typeof config>> = {
  name: "logTransform",
  title: "Log transform",
  summary: "Minimises the sum of the losses' logarithms: weights 1/L.",
  cite: ["lin2023"],
  config,
  needs: "losses",
  create: ({ offset }, { names }) => ({
    weights: ({ losses }) =>
      positiveLosses(losses, names, "logTransform").map((loss) =>
        Number.isNaN(loss) ? 0 : 1 / (offset + loss),
      ),
    traced: {
      size: 1,
      given: () => Float64Array.of(offset),
      weights: (losses, present, given) => present.div(losses.maximum(leastLoss).add(given)),
    },
    ...forgetful,
  }),
};
