import type { Regime } from "./regime.ts";

/** A model a task that starts from the shared weights of one trained on the other tasks. */
export const transfer: Regime = {
  name: "transfer",
  title: "Transfer",
  summary: "One model a task, started from the shared weights of a model of all other tasks.",
  refuses: ({ name, can }) =>
    can.transfer ? undefined : `a ${name} model cannot start from the weights of another`,
  fits: (tasks) =>
    tasks.map((task) => ({ tasks: [task], pretrain: tasks.filter((other) => other !== task) })),
};
