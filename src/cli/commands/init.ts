import { existsSync } from "node:fs";
import { basename, dirname, isAbsolute, relative, resolve, sep } from "node:path";
import { ConfigError } from "../../core/errors.ts";
import type { Command, CommandCall } from "../command.ts";

/** Writes a configuration for a table. */
export const init: Command = {
  name: "init",
  arguments: [{ name: "DATA", summary: "CSV, TSV, JSON, JSON Lines or Parquet." }],
  options: [
    {
      flags: "--task <COLUMN>",
      summary: "A column to predict; may be given several times.",
      repeatable: true,
    },
    {
      flags: "--out <FILE>",
      summary: "File to write, - for standard output (default: config.yaml).",
    },
  ],
  run,
};

async function run({ arguments: [data], options, terminal }: CommandCall): Promise<void> {
  const out = (options.out as string | undefined) ?? "config.yaml";
  const path = resolve(terminal.cwd, out);
  if (out !== "-" && existsSync(path)) {
    throw new ConfigError("USAGE", `--out: a new file; ${out} exists`, {
      hint: "choose another name, or move the file away",
    });
  }
  const { openSource } = await import("../../data/source.ts");
  const { draftConfig } = await import("../../config/init.ts");
  const source = await openSource(data, { baseDir: terminal.cwd });
  try {
    const tasks = options.task as readonly string[];
    if (tasks.length === 0) {
      const names = (await source.schema()).map(({ name }) => name);
      throw new ConfigError("USAGE", "polytask init: --task COLUMN at least once; got none", {
        hint: `columns are ${names.join(", ")}`,
      });
    }
    const folder = out === "-" ? terminal.cwd : dirname(path);
    const stem = basename(data)
      .replace(/(\.[a-z0-9]+)+$/i, "")
      .replace(/[^\p{L}\p{N}]+/gu, "-")
      .replace(/^-|-$/g, "");
    const text = await draftConfig(source, {
      tasks: [...new Set(tasks)],
      name: stem === "" ? "experiment" : stem,
      data: isAbsolute(data)
        ? data
        : relative(folder, resolve(terminal.cwd, data)).split(sep).join("/"),
    });
    if (out === "-") terminal.out.write(text);
    else {
      const { writeAtomic } = await import("../../train/atomic-file.ts");
      writeAtomic(path, [Buffer.from(text)]);
      terminal.out.write(`${out}: look at the types, then polytask train ${out}\n`);
    }
  } finally {
    source.close();
  }
}
