import { z } from "zod";
import { fromGram } from "./from-gram.ts";
import { lengths, pick, scaled } from "./gram.ts";
import { simplexMinimum } from "./quadratic.ts";
import type { Weighting } from "./weighting.ts";

const config = z.strictObject({
  normalization: z
    .enum(["none", "l2", "loss", "loss+"])
    .default("none")
    .describe(
      "What each gradient is divided by first: nothing, its length, its task's loss, or both multiplied.",
    ),
  level: z
    .enum(["parameters", "representation"])
    .default("parameters")
    .describe(
      "Whose gradients are looked at: the shared parameters', or the shared representation's (MGDA-UB: an upper bound, and cheaper).",
    ),
});

/**
 * The shortest vector in the convex hull of the tasks' gradients: along it no task gets worse, and it
 * is zero where no such direction is left. Divided gradients give the hull of the divided ones, whose
 * shortest vector is again good for every task.
 */
export const mgda: Weighting<z.infer<typeof config>> = {
  name: "mgda",
  title: "MGDA",
  summary: "The common descent direction of least length (multiple-gradient descent).",
  cite: ["desideri2012", "sener2018"],
  config,
  needs: "gradients",
  create: ({ normalization, level }, tasks) =>
    fromGram(tasks, {
      own: "one",
      level,
      weights(gram, at, { losses }) {
        const length = lengths(gram);
        const loss = pick(losses, at).map(Math.abs);
        const divisor = {
          none: length.map(() => 1),
          l2: length,
          loss,
          "loss+": length.map((d, i) => d * loss[i]),
        }[normalization];
        const factor = divisor.map((d) => (d > 0 ? 1 / d : 1));
        return simplexMinimum(scaled(gram, factor)).map((w, i) => w * factor[i]);
      },
    }),
};
