import { z } from "zod";
import type { DecisionFusion } from "./fusion.ts";
import { counts } from "./parts.ts";

const config = z.strictObject({}).describe("No options.");

/**
 * Multiplies the posteriors that each part's own network gives, over the prior for all parts but one: the
 * posterior, were the parts independent given the answer. Numbers are averaged, as products of Gaussians
 * of one variance are. Log-odds of several labels or levels count each by itself. @cite kittler1998
 */
export const lateProduct: DecisionFusion<z.infer<typeof config>> = {
  name: "lateProduct",
  title: "Product of posteriors",
  summary:
    "A network for each input; their odds are multiplied, numbers averaged. Absent inputs are left out.",
  cite: ["kittler1998"],
  config,
  form: "decisions",
  combine(_, decisions, { posterior, prior }) {
    const counted = counts(decisions);
    if (posterior === undefined) {
      const total = decisions.map((d, i) => d.raw.mul(counted[i])).reduce((a, b) => a.add(b));
      return total.div(counted.reduce((a, b) => a.add(b)));
    }
    const base = decisions[0].raw.graph.constant(prior, [1, prior.length]);
    return decisions
      .map((d, i) => d.raw.sub(base).mul(counted[i]))
      .reduce((a, b) => a.add(b))
      .add(base);
  },
};
