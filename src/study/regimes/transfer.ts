import type { Regime } from "./regime.ts";

/** Tasks up to which it runs unasked. */
const most = 16;

/** A model a task that starts from the shared weights of one trained on the other tasks. */
export const transfer: Regime = {
  name: "transfer",
  title: "Transfer",
  summary: "One model a task, started from the shared weights of a model of all other tasks.",
  refuses: ({ name, network }) =>
    network ? undefined : `a ${name} model has no weights that its tasks share`,
  costs: (tasks) =>
    tasks > most
      ? `it trains ${tasks} models of ${tasks - 1} tasks a fold; name it among the regimes to run it`
      : undefined,
  fits: (tasks) =>
    tasks.map((task) => ({ tasks: [task], pretrain: tasks.filter((other) => other !== task) })),
};
