import { stringify } from "yaml";
import { diagramText } from "../../learners/diagram.ts";
import type { Model } from "../../model/model.ts";
import { type Command, jsonOption } from "../command.ts";
import { jsonDocument } from "../json.ts";

/** Says what a model takes and gives. */
export const inspect: Command = {
  name: "inspect",
  arguments: [{ name: "DIR", summary: "Run folder, or an ONNX file of a model." }],
  options: [jsonOption],
  async run({ arguments: [dir], options, terminal }) {
    const { load } = await import("../../run/open.ts");
    const model = await load(dir);
    try {
      const facts = factsOf(model);
      const { diagram } = model.metadata;
      if (options.json) terminal.out.write(jsonDocument(diagram ? { ...facts, diagram } : facts));
      else {
        if (diagram) terminal.out.write(`${diagramText(diagram)}\n`);
        terminal.out.write(stringify(facts, { lineWidth: 100 }));
      }
    } finally {
      await model.dispose();
    }
  },
};

function factsOf({ metadata, inputs, tasks }: Model): Record<string, unknown> {
  return {
    family: metadata.family,
    version: metadata.version,
    inputs: Object.fromEntries(
      inputs.map(({ name, column, columns, modality, state }) => [
        name,
        {
          type: modality.name,
          ...(columns ? { columns } : { column }),
          ...modality.describe(state),
        },
      ]),
    ),
    tasks: Object.fromEntries(
      tasks.map(({ name, column, kind, state, weight }) => [
        name,
        {
          type: kind.name,
          column,
          weight,
          ...kind.describe(state),
          outputs: kind.outputs(state).map(({ name: output, dtype, shape, labels, summary }) => ({
            name: `${name}.${output}`,
            dtype,
            shape: ["rows", ...shape],
            labels,
            summary,
          })),
        },
      ]),
    ),
  };
}
