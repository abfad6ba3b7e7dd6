import { type Command, jsonOption } from "../command.ts";
import { jsonDocument } from "../json.ts";
import { memoryLimitOf, memoryOption } from "../memory-flag.ts";
import type { ModelOnRows } from "../read-model.ts";
import { shortNumber, textTable } from "../text-table.ts";

/** Scores a model on rows with labels. */
export const evaluate: Command = {
  name: "evaluate",
  arguments: [
    { name: "DIR", summary: "Run folder, or an ONNX file of a model." },
    { name: "DATA", summary: "Table with the inputs' columns and labels; blanks are skipped." },
  ],
  options: [memoryOption, jsonOption],
  async run({ arguments: [dir, data], options, terminal }) {
    const { batchesOf, usedColumns, withModel } = await import("../read-model.ts");
    const { evaluateBatches } = await import("../../model/evaluate-batches.ts");
    const memoryLimit = memoryLimitOf(options);
    const work = async (opened: ModelOnRows) => {
      const { model, source, cells } = opened;
      if (memoryLimit !== undefined)
        return evaluateBatches(model, await batchesOf(opened, true), source.origin, cells.add);
      const table = await source.read(await usedColumns(opened, true));
      return model.evaluateTable(table, cells.add);
    };
    const tasks = await withModel(dir, data, terminal, work, memoryLimit);
    if (options.json) {
      const flat = Object.entries(tasks).map(
        ([name, { rows, metrics }]) => [name, { rows, ...metrics }] as const,
      );
      terminal.out.write(jsonDocument({ tasks: Object.fromEntries(flat) }));
      return;
    }
    const lines = Object.entries(tasks).flatMap(([name, { rows, metrics }]) =>
      Object.entries(metrics).map(([metric, value], i) => [
        i === 0 ? name : "",
        metric,
        shortNumber(value),
        i === 0 ? String(rows) : "",
      ]),
    );
    const columns = [
      { title: "task" },
      { title: "metric" },
      { title: "value", align: "right" },
      { title: "rows", align: "right" },
    ] as const;
    terminal.out.write(textTable(columns, lines));
  },
};
