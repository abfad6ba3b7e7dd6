import type { Regime } from "./regime.ts";

/** One model for each group of tasks whose gradients agree. @cite fifty2021 */
export const grouped: Regime = {
  name: "grouped",
  title: "Grouped",
  summary: "One model for each proposed group of tasks.",
  refuses: (family) =>
    family.network ? undefined : `a ${family.name} model has no gradients to group tasks by`,
  needsGroups: true,
  fits: (_, groups) => groups.map((tasks) => ({ tasks })),
};
