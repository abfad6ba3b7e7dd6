import type { Regime } from "./regime.ts";

/** One model a task: what the others are compared with. */
export const independent: Regime = {
  name: "independent",
  title: "Independent",
  summary: "One model a task, which sees only the rows that have its label.",
  fits: (tasks) => tasks.map((task) => ({ tasks: [task] })),
};
