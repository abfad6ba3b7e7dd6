import type { CommandRow } from "./command.ts";

/** Every command, in the order of a project: each module is loaded when its command is called. */
export const commands: readonly CommandRow[] = [
  {
    name: "init",
    summary: "Write a commented configuration for a table.",
    load: async () => (await import("./commands/init.ts")).init,
  },
  {
    name: "train",
    summary: "Learn all tasks of a configuration and leave a run folder.",
    load: async () => (await import("./commands/train.ts")).train,
  },
  {
    name: "compare",
    summary:
      "Learn the tasks together and apart on the same folds, and say whether together helps.",
    load: async () => (await import("./commands/compare.ts")).compare,
  },
  {
    name: "tune",
    summary: "Search values of the configuration, or the tasks' weights, on folds.",
    load: async () => (await import("./commands/tune.ts")).tune,
  },
  {
    name: "transfer",
    summary:
      "Start from a trained model on a new table, and say whether that was better than from scratch.",
    load: async () => (await import("./commands/transfer.ts")).transfer,
  },
  {
    name: "evaluate",
    summary: "Score a trained model on labelled rows.",
    load: async () => (await import("./commands/evaluate.ts")).evaluate,
  },
  {
    name: "predict",
    summary: "Predict every task for the rows of a table.",
    load: async () => (await import("./commands/predict.ts")).predict,
  },
  {
    name: "search",
    summary: "Rank the rows of a table for a text, a picture or another row.",
    load: async () => (await import("./commands/search.ts")).search,
  },
  {
    name: "report",
    summary: "Draw the report of a run again.",
    load: async () => (await import("./commands/report.ts")).report,
  },
  {
    name: "export",
    summary: "Write the model as one ONNX file, checked against the trained one.",
    load: async () => (await import("./commands/export.ts")).exportCommand,
  },
  {
    name: "inspect",
    summary: "Say what a model takes and gives.",
    load: async () => (await import("./commands/inspect.ts")).inspect,
  },
  {
    name: "list",
    summary: "List the modalities, tasks, families and options there are.",
    load: async () => (await import("./commands/list.ts")).list,
  },
  {
    name: "schema",
    summary: "Print the JSON Schema of configurations, for editors.",
    load: async () => (await import("./commands/schema.ts")).schema,
  },
];
