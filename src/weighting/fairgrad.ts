import { z } from "zod";
import { bargain } from "./bargain.ts";
import { fromGram } from "./from-gram.ts";
import { pick } from "./gram.ts";
import { preference, preferenceOf } from "./preference.ts";
import type { Weighting } from "./weighting.ts";

const config = z.strictObject({
  alpha: z
    .number()
    .min(0.05)
    .max(100)
    .default(1)
    .describe("Kind of fairness: 1 proportional, 2 least potential delay, greater nearer max-min."),
  preference,
});

/**
 * The update whose gains d_i = g_i·d have the greatest α-fair utility Σ p_i d_i^(1−α)/(1−α): weights
 * w > 0 with (Gw)_i = (p_i/w_i)^(1/α).
 */
export const fairgrad: Weighting<z.infer<typeof config>> = {
  name: "fairgrad",
  title: "FairGrad",
  summary: "The tasks' gains from the update are α-fair, as in resource allocation.",
  cite: ["ban2024"],
  config,
  needs: "gradients",
  create({ alpha, preference }, tasks) {
    const share = preferenceOf(preference, tasks, tasks.names.length);
    const q = 1 / alpha;
    return fromGram(tasks, {
      own: "weights",
      weights: (gram, at) =>
        bargain(
          gram,
          pick(share, at).map((p) => p ** q),
          q,
        ),
    });
  },
};
