import { existsSync } from "node:fs";
import { basename, dirname, isAbsolute, relative, resolve, sep } from "node:path";
import { ConfigError } from "../../core/errors.ts";
import type { Command, CommandCall } from "../command.ts";
import { readConfig } from "../read-config.ts";

/** Writes a configuration for a table. */
export const init: Command = {
  name: "init",
  arguments: [{ name: "DATA", summary: "CSV, TSV, JSON, JSON Lines or Parquet.", optional: true }],
  options: [
    {
      flags: "--task <COLUMN>",
      summary: "A column to predict; may be given several times.",
      repeatable: true,
    },
    {
      flags: "--from <FILE>",
      summary: "A configuration of Ludwig to convert; DATA may then be left out.",
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
  const folder = out === "-" ? terminal.cwd : dirname(path);
  const named = data === undefined ? undefined : namedFrom(folder, data, terminal.cwd);
  const tasks = options.task as readonly string[];
  const { text, next } =
    typeof options.from === "string"
      ? await converted(options.from, named, tasks, terminal.cwd)
      : await drafted(data, named, tasks, terminal.cwd);
  if (out === "-") {
    terminal.out.write(text);
    return;
  }
  const { writeAtomic } = await import("../../train/atomic-file.ts");
  writeAtomic(path, [Buffer.from(text)]);
  terminal.out.write(`${out}: ${next}, then polytask train ${out}\n`);
}

/** What is written, and what a reader is to do before training. */
interface Draft {
  readonly text: string;
  readonly next: string;
}

/** The data as a configuration in a folder names it. */
function namedFrom(folder: string, data: string, cwd: string): string {
  return isAbsolute(data) ? data : relative(folder, resolve(cwd, data)).split(sep).join("/");
}

async function drafted(
  data: string | undefined,
  named: string | undefined,
  tasks: readonly string[],
  cwd: string,
): Promise<Draft> {
  if (data === undefined || named === undefined)
    throw new ConfigError("USAGE", "polytask init: the argument DATA; got nothing", {
      hint: "only --from does without it",
    });
  const { openSource } = await import("../../data/source.ts");
  const { draftConfig } = await import("../../config/init.ts");
  const source = await openSource(data, { baseDir: cwd });
  try {
    if (tasks.length === 0) {
      const names = (await source.schema()).map(({ name }) => name);
      throw new ConfigError("USAGE", "polytask init: --task COLUMN at least once; got none", {
        hint: `columns are ${names.join(", ")}`,
      });
    }
    const stem = basename(data)
      .replace(/(\.[a-z0-9]+)+$/i, "")
      .replace(/[^\p{L}\p{N}]+/gu, "-")
      .replace(/^-|-$/g, "");
    const text = await draftConfig(source, {
      tasks: [...new Set(tasks)],
      name: stem === "" ? "experiment" : stem,
      data: named,
    });
    return { text, next: "look at the types" };
  } finally {
    source.close();
  }
}

/** A configuration of Ludwig in this program's words. */
async function converted(
  file: string,
  named: string | undefined,
  tasks: readonly string[],
  cwd: string,
): Promise<Draft> {
  if (tasks.length > 0)
    throw new ConfigError("USAGE", "polytask init: --task or --from; got both", {
      hint: "the tasks are the output_features of the file that --from names",
    });
  const { draftFromLudwig } = await import("../../config/ludwig/draft.ts");
  const { text, left } = draftFromLudwig(await readConfig(resolve(cwd, file), file), file, named);
  const rest = left.length === 0 ? "" : `, and at what is left out at its end (${left.length})`;
  return { text, next: `look at ${named === undefined ? "data" : "the inputs"}${rest}` };
}
