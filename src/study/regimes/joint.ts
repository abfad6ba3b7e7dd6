import type { Regime } from "./regime.ts";

/** Predictions of the independent and the multi-task models, averaged output by output. */
export const joint: Regime = {
  name: "joint",
  title: "Joint",
  summary: "The mean of the independent and the multi-task models' predictions.",
  blends: ["independent", "multiTask"],
};
