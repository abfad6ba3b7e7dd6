import { editorSchema } from "../../config/editor-schema.ts";
import type { Command } from "../command.ts";

/** Prints the JSON Schema of a configuration. */
export const schema: Command = {
  name: "schema",
  arguments: [],
  options: [],
  details: () =>
    "Example:\n  polytask schema > polytask.schema.json\n" +
    "and at the top of config.yaml, for editors that know YAML schemas:\n" +
    "  # yaml-language-server: $schema=polytask.schema.json",
  async run({ terminal }) {
    terminal.out.write(`${JSON.stringify(editorSchema(), null, 2)}\n`);
  },
};
