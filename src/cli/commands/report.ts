import { relative, resolve } from "node:path";
import { type Command, jsonOption } from "../command.ts";
import { jsonDocument } from "../json.ts";

/** Draws a run's report again from what the run folder holds. */
export const report: Command = {
  name: "report",
  arguments: [{ name: "DIR", summary: "Run folder." }],
  options: [jsonOption],
  async run({ arguments: [dir], options, terminal }) {
    const { redrawReport } = await import("../../run/open.ts");
    const shown = relative(terminal.cwd, redrawReport(resolve(terminal.cwd, dir)));
    terminal.out.write(options.json ? jsonDocument({ file: shown }) : `${shown}\n`);
  },
};
