import { relative, resolve } from "node:path";
import { ConfigError } from "../../core/errors.ts";
import { type Command, type CommandCall, jsonOption } from "../command.ts";
import { jsonDocument } from "../json.ts";
import { memoryLimitOf, memoryOption } from "../memory-flag.ts";
import type { ModelOnRows } from "../read-model.ts";

/** Writes predictions for every row of a table, in its order. */
export const predict: Command = {
  name: "predict",
  arguments: [
    { name: "DIR", summary: "Run folder, or an ONNX file of a model." },
    { name: "DATA", summary: "Table with the inputs' columns." },
  ],
  options: [
    {
      flags: "--out <FILE>",
      required: true,
      summary:
        "File to write, always needed: CSV, TSV or Parquet by its ending, one column an output.",
    },
    memoryOption,
    jsonOption,
  ],
  run,
};

async function run({ arguments: [dir, data], options, terminal }: CommandCall): Promise<void> {
  if (typeof options.out !== "string") {
    throw new ConfigError("USAGE", "polytask predict: --out FILE; got nothing", {
      hint: "the ending says the format: predictions.csv or predictions.parquet",
    });
  }
  const path = resolve(terminal.cwd, options.out);
  const { inputBatches, withModel } = await import("../read-model.ts");
  const { openPredictionFile, writerFor } = await import("../prediction-file.ts");
  const { predictionColumns } = await import("../../model/columns.ts");
  writerFor(path);
  const memoryLimit = memoryLimitOf(options);
  const work = async (opened: ModelOnRows) => {
    const { model, cells } = opened;
    const file = await openPredictionFile(path, memoryLimit);
    let rows = 0;
    let names: string[] = [];
    try {
      for await (const { table, first } of inputBatches(opened)) {
        const outputs = await model.outputs(table, (column, row, message) =>
          cells.add(column, first + row, message),
        );
        const columns = model.tasks.flatMap((task) => predictionColumns(task, outputs[task.name]));
        names = columns.map(({ name }) => name);
        rows += table.rows;
        await file.write({ rows: table.rows, columns });
      }
    } catch (error) {
      file.discard();
      throw error;
    }
    await file.finish();
    return { rows, columns: names };
  };
  const done = await withModel(dir, data, terminal, work, memoryLimit);
  const shown = relative(terminal.cwd, path);
  if (options.json) terminal.out.write(jsonDocument({ file: shown, ...done }));
  else terminal.out.write(`${done.rows} rows of ${done.columns.join(", ")} in ${shown}\n`);
}
