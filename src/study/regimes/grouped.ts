import { mostProbed } from "../comparison-notes.ts";
import type { Regime } from "./regime.ts";

/** One model for each group of tasks whose gradients agree. @cite fifty2021 */
export const grouped: Regime = {
  name: "grouped",
  title: "Grouped",
  summary: "One model for each proposed group of tasks.",
  refuses: (family, tasks) => {
    if (!family.network) return `a ${family.name} model has no gradients to group tasks by`;
    return tasks > mostProbed
      ? `gradients are looked at for at most ${mostProbed} tasks; here are ${tasks}`
      : undefined;
  },
  needsGroups: true,
  fits: (_, groups) => groups.map((tasks) => ({ tasks })),
};
