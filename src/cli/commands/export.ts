import { relative, resolve } from "node:path";
import { ConfigError, show } from "../../core/errors.ts";
import { type Command, jsonOption } from "../command.ts";
import { jsonDocument } from "../json.ts";

/** Writes the model of a run as one ONNX file. */
export const exportCommand: Command = {
  name: "export",
  arguments: [{ name: "DIR", summary: "Run folder." }],
  options: [{ flags: "--out <FILE>", summary: "File to write, ending in .onnx." }, jsonOption],
  async run({ arguments: [dir], options, terminal }) {
    const { out } = options;
    if (typeof out !== "string" || !out.toLowerCase().endsWith(".onnx")) {
      const came = out === undefined ? "nothing" : show(out);
      throw new ConfigError("USAGE", `polytask export: --out FILE that ends in .onnx; got ${came}`);
    }
    const { exportModel } = await import("../../run/open.ts");
    const path = resolve(terminal.cwd, out);
    const bytes = exportModel(resolve(terminal.cwd, dir), path);
    const file = relative(terminal.cwd, path);
    const size = `${(bytes / 1e6).toFixed(2)} MB`;
    terminal.out.write(options.json ? jsonDocument({ file, bytes }) : `${file}, ${size}\n`);
  },
};
