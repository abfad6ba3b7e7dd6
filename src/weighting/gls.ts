import { z } from "zod";
import { present } from "./gram.ts";
import { forgetful } from "./keep.ts";
import { leastLoss, positiveLosses } from "./positive.ts";
import type { Weighting } from "./weighting.ts";

const config = z.strictObject({}).describe("No options.");

/** The geometric mean of the losses is minimised: weights (Π L)^(1/K) / (K L_i). */
export const gls: Weighting<z.infer<typeof config>> = {
  name: "gls",
  title: "Geometric loss strategy",
  summary: "Minimises the geometric mean of the losses.",
  cite: ["chennupati2019"],
  config,
  needs: "losses",
  create: (_, { names }) => ({
    weights(facts) {
      const tasks = present(facts);
      const losses = positiveLosses(facts.losses, names, "gls");
      let logs = 0;
      for (const i of tasks) logs += Math.log(losses[i]) / tasks.length;
      return losses.map((loss) =>
        Number.isNaN(loss) ? 0 : Math.exp(logs) / (tasks.length * loss),
      );
    },
    traced: {
      size: 1,
      given: () => new Float64Array(1),
      weights(losses, present) {
        const known = losses.maximum(leastLoss);
        const count = present.sum().maximum(1);
        const mean = known.log().mul(present).sum().div(count).exp();
        return present.mul(mean).div(known.mul(count));
      },
    },
    ...forgetful,
  }),
};
