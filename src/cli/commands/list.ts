import { optionRows, optionsUnder } from "../../config/describe.ts";
import { families, modalities, taskKinds } from "../../config/tables.ts";
import { ConfigError, didYouMean, show } from "../../core/errors.ts";
import { type Command, jsonOption } from "../command.ts";
import { optionLines } from "../option-lines.ts";
import { textTable } from "../text-table.ts";

const tables = { modalities, tasks: taskKinds, families };

/** Lists the rows of a table, or the options of the configuration under a path. */
export const list: Command = {
  name: "list",
  arguments: [
    { name: "WHAT", summary: "modalities, tasks, families, options, or a path such as training." },
  ],
  options: [jsonOption],
  async run({ arguments: [what], options, terminal }) {
    const { out } = terminal;
    if (Object.hasOwn(tables, what)) {
      const rows = Object.values(tables[what as keyof typeof tables]);
      const records = rows.map(({ name, title, summary }) => ({ name, title, summary }));
      if (options.json) out.write(`${JSON.stringify(records, null, 2)}\n`);
      else {
        out.write(
          textTable(
            [{ title: "name" }, { title: "what it is" }],
            records.map(({ name, summary }) => [name, summary]),
          ),
        );
      }
      return;
    }
    const rows = what === "options" ? optionRows() : optionsUnder(what);
    if (rows.length === 0) throw unknown(what);
    if (options.json) {
      const records = rows.map(({ node, ...row }) => row);
      out.write(`${JSON.stringify(records, null, 2)}\n`);
    } else out.write(`${optionLines(rows, Math.min(110, out.width))}\n`);
  },
};

function unknown(what: string): ConfigError {
  const names = [...Object.keys(tables), "options", ...optionRows().map((row) => row.path)];
  const near = didYouMean(what, names);
  return new ConfigError(
    "USAGE",
    `polytask list: modalities, tasks, families, options or the path of an option; got ${show(what)}`,
    { hint: near && `did you mean ${near}?` },
  );
}
