import { existsSync, readdirSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { optionRows } from "../../config/describe.ts";
import { parseConfig } from "../../config/load.ts";
import type { Override } from "../../config/override.ts";
import { BackendError, ConfigError, PolytaskError, show } from "../../core/errors.ts";
import { type Command, type CommandCall, jsonOption } from "../command.ts";
import { interruptible } from "../interrupt.ts";
import { jsonDocument } from "../json.ts";
import { optionLines } from "../option-lines.ts";
import { clock, Progress } from "../progress.ts";
import { readConfig } from "../read-config.ts";
import { summaryTable } from "../summary-table.ts";

/** Trains from a configuration file. */
export const train: Command = {
  name: "train",
  arguments: [{ name: "CONFIG", summary: "Configuration file, YAML or JSON." }],
  options: [
    { flags: "--out <DIR>", summary: "Run folder, new or empty (default: runs/<name>-<time>)." },
    { flags: "--seed <N>", summary: "Seed of everything random, instead of the configuration's." },
    { flags: "--resume", summary: "Go on from the last checkpoint of an interrupted run." },
    {
      flags: "--memory-limit <SIZE>",
      summary: "Memory for the rows, such as 512MB; more is streamed.",
    },
    jsonOption,
  ],
  overrides: true,
  details: (width) => {
    const rows = optionRows().filter(
      ({ path, when }) => !path.includes("<name>") && Object.keys(when).length === 0,
    );
    return [
      "Options of the configuration, each also a flag:",
      optionLines(rows, width),
      "",
      "polytask list options lists all, with those of each modality, task and family.",
    ].join("\n");
  },
  run,
};

async function run(call: CommandCall): Promise<void> {
  const { options, terminal } = call;
  const [file] = call.arguments;
  const path = resolve(terminal.cwd, file);
  const { config } = parseConfig(await readConfig(path, file), {
    file,
    overrides: [...call.overrides, ...namedOverrides(options)],
  });
  const resume = options.resume === true;
  const out = resolve(
    terminal.cwd,
    runFolder(options.out as string | undefined, config.name, resume, terminal.cwd),
  );
  const json = options.json === true;
  const progress = new Progress(terminal.err, { quiet: json && !terminal.err.interactive });
  const { trainRun } = await import("../../run/train-run.ts");
  const summary = await interruptible(terminal, (signal) =>
    trainRun(config, {
      out,
      baseDir: dirname(path),
      command: call.line,
      resume,
      memoryLimit: config.memoryLimit,
      signal,
      onEvent: (event) => progress.event(event),
    }),
  )
    .finally(() => progress.clear())
    .catch((error) => {
      throw withResume(error, call, relative(terminal.cwd, out));
    });
  if (json) {
    terminal.out.write(jsonDocument(summary));
    return;
  }
  const shown = relative(terminal.cwd, summary.dir) || ".";
  terminal.out.write(`\n${summaryTable(summary.tasks)}\n`);
  terminal.out.write(
    `the ONNX file reproduces the trained model: outputs differ by at most ${summary.parity.maxAbsDifference.toExponential(1)} (allowed: ${summary.parity.tolerance.toExponential(0)} of the largest of each)\n`,
  );
  terminal.out.write(
    `${shown} in ${clock(summary.seconds)}; open ${relative(terminal.cwd, summary.report)}\n`,
  );
}

/** An interruption says where its checkpoint is and which command line goes on. */
function withResume(error: unknown, { line, options }: CommandCall, out: string): unknown {
  if (!(error instanceof PolytaskError) || error.code !== "INTERRUPTED") return error;
  const folder = options.out === undefined ? ` --out ${out}` : "";
  const again = `${line}${folder}${options.resume ? "" : " --resume"}`;
  return new BackendError("INTERRUPTED", error.message, {
    cause: error,
    hint: `its checkpoint is kept in ${join(out, "checkpoints")}; to go on: ${again}`,
  });
}

/** Flags with names of their own, as settings of the configuration. */
function namedOverrides(options: CommandCall["options"]): Override[] {
  const { seed, memoryLimit } = options;
  const overrides: Override[] = [];
  if (typeof seed === "string") overrides.push({ path: "seed", value: seed, shown: "--seed" });
  if (typeof memoryLimit === "string") {
    overrides.push({
      path: "memoryLimit",
      value: JSON.stringify(memoryLimit),
      shown: "--memory-limit",
    });
  }
  return overrides;
}

function runFolder(out: string | undefined, name: string, resume: boolean, cwd: string): string {
  if (out !== undefined) return out;
  const prefix = `${name.replaceAll(" ", "-")}-`;
  if (!resume) return join("runs", prefix + timeStamp(new Date()));
  const runs = join(cwd, "runs");
  const found = existsSync(runs)
    ? readdirSync(runs).filter(
        (one) => one.startsWith(prefix) && /^\d{8}-\d{6}$/.test(one.slice(prefix.length)),
      )
    : [];
  const latest = found.sort().at(-1);
  if (latest === undefined) {
    throw new ConfigError("USAGE", `--resume: a run of ${show(name)} under runs; there is none`, {
      hint: "name its folder with --out DIR",
    });
  }
  return join("runs", latest);
}

function timeStamp(date: Date): string {
  const two = (n: number) => String(n).padStart(2, "0");
  const day = `${date.getFullYear()}${two(date.getMonth() + 1)}${two(date.getDate())}`;
  return `${day}-${two(date.getHours())}${two(date.getMinutes())}${two(date.getSeconds())}`;
}
