import type { Regime } from "./regime.ts";

/**
 * Predictions of the independent and the multi-task models, mixed in the parts that did best on the
 * held-out rows of the other folds. @cite wolpert1992
 */
export const stacked: Regime = {
  name: "stacked",
  title: "Stacked",
  summary: "As joint, with the parts that did best on the held-out rows of the other folds.",
  blends: ["independent", "multiTask"],
  stacks: true,
};
