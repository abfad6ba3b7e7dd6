import { z } from "zod";
import { ConfigError, didYouMean, show } from "../core/errors.ts";
import { fromGram } from "./from-gram.ts";
import { lengths } from "./gram.ts";
import { keeping } from "./keep.ts";
import type { Weighting } from "./weighting.ts";

const config = z.strictObject({
  main: z
    .string()
    .nullable()
    .default(null)
    .describe("The task whose gradient length the others are brought to; null takes the first."),
  relax: z
    .number()
    .min(0)
    .max(1)
    .default(0.7)
    .describe("How far lengths are brought to the main task's: 0 not at all, 1 all the way."),
  beta: z
    .number()
    .min(0)
    .lt(1)
    .default(0.9)
    .describe("How much of the moving average of a gradient's length stays at each step."),
});

/**
 * Auxiliary tasks' gradients get about the length of the main task's, by moving averages of the lengths
 * over all shared parameters together.
 */
export const metabalance: Weighting<z.infer<typeof config>> = {
  name: "metabalance",
  title: "MetaBalance",
  summary: "Auxiliary gradients are brought to the length of the main task's.",
  cite: ["he2022"],
  config,
  needs: "gradients",
  create({ main, relax, beta }, tasks) {
    const target = main === null ? 0 : tasks.names.indexOf(main);
    if (target < 0) {
      const near = didYouMean(main ?? "", tasks.names);
      throw new ConfigError(
        "CONFIG_INVALID",
        `learner.weighting.main: the name of a task (${tasks.names.join(", ")}); got ${show(main)}`,
        { hint: near && `did you mean ${near}?` },
      );
    }
    const average = new Float64Array(tasks.names.length);
    return fromGram(tasks, {
      own: "one",
      kept: keeping({ average }),
      weights(gram, at) {
        lengths(gram).forEach((length, a) => {
          average[at[a]] = beta * average[at[a]] + (1 - beta) * length;
        });
        return Float64Array.from(at, (i) =>
          average[i] > 0 && average[target] > 0
            ? relax * (average[target] / average[i]) + 1 - relax
            : 1,
        );
      },
    });
  },
};
