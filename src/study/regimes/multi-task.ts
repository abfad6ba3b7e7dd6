import type { Regime } from "./regime.ts";

/** One model of all tasks, as the configuration has it. @cite caruana1997 */
export const multiTask: Regime = {
  name: "multiTask",
  title: "Multi-task",
  summary: "One model of all tasks, shared and weighted as the configuration says.",
  fits: (tasks) => [{ tasks }],
};
