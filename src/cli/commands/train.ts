import { existsSync, readdirSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { optionRows } from "../../config/describe.ts";
import type { ExperimentConfig } from "../../config/experiment.ts";
import { parseConfig } from "../../config/load.ts";
import type { Override } from "../../config/override.ts";
import { BackendError, ConfigError, PolytaskError, show } from "../../core/errors.ts";
import { type Command, type CommandCall, jsonOption } from "../command.ts";
import { interruptible } from "../interrupt.ts";
import { jsonDocument } from "../json.ts";
import { memoryLimitOf, memoryOption } from "../memory-flag.ts";
import { optionLines } from "../option-lines.ts";
import { clock, Progress } from "../progress.ts";
import { readConfig } from "../read-config.ts";
import { seedOverride } from "../seed-flag.ts";
import { StudyProgress } from "../study-progress.ts";
import { summaryTable } from "../summary-table.ts";
import { shortNumber, textTable } from "../text-table.ts";

/** Trains from a configuration file. */
export const train: Command = {
  name: "train",
  arguments: [{ name: "CONFIG", summary: "Configuration file, YAML or JSON." }],
  options: [
    { flags: "--out <DIR>", summary: "Run folder, new or empty (default: runs/<name>-<time>)." },
    { flags: "--seed <N>", summary: "Seed of everything random, instead of the configuration's." },
    { flags: "--resume", summary: "Go on from the last checkpoint of an interrupted run." },
    memoryOption,
    {
      flags: "--jobs <N>",
      summary: "With pareto: processes at work at once (default: one a core).",
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
  const overrides = [...call.overrides, ...namedOverrides(options)];
  const { config, notes } = parseConfig(await readConfig(path, file), { file, overrides });
  for (const note of notes) terminal.err.write(`${note}\n`);
  const resume = options.resume === true;
  const out = resolve(
    terminal.cwd,
    runFolder(options.out as string | undefined, config.name, resume, terminal.cwd),
  );
  const json = options.json === true;
  if (config.pareto !== undefined) return runFront(config, out, dirname(path), call);
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

/** Trains a front of models, and prints them beside the main one's scores. */
async function runFront(
  config: ExperimentConfig,
  out: string,
  baseDir: string,
  call: CommandCall,
): Promise<void> {
  const { options, terminal, line } = call;
  const json = options.json === true;
  const progress = new StudyProgress(terminal.err, json && !terminal.err.interactive);
  const { paretoRun } = await import("../../run/pareto-run.ts");
  const jobs = options.jobs === undefined ? undefined : Number(options.jobs);
  if (jobs !== undefined && !(Number.isInteger(jobs) && jobs >= 0))
    throw new ConfigError("USAGE", `--jobs: a whole number; got ${show(options.jobs)}`);
  const summary = await interruptible(terminal, (signal) =>
    paretoRun(config, {
      out,
      baseDir,
      jobs,
      command: line,
      resume: options.resume === true,
      signal,
      onEvent: (event) => progress.event(event),
    }),
  )
    .finally(() => progress.clear())
    .catch((error) => {
      throw withResume(error, call, relative(terminal.cwd, out), "front");
    });
  if (json) {
    terminal.out.write(jsonDocument(summary));
    return;
  }
  const { front } = summary;
  const rows = front.models.map((m) => [
    `${m.number}`,
    ...m.preference.map((p) => shortNumber(p)),
    ...m.validation.map((v) => shortNumber(v)),
    m.number === front.main ? "this run" : m.dominated ? "" : "on the front",
  ]);
  const right = (title: string) => ({ title, align: "right" as const });
  const head = [
    right("model"),
    ...front.tasks.map((t) => right(`λ ${t.name}`)),
    ...front.tasks.map((t) => right(`${t.name} ${t.metric}`)),
    { title: "" },
  ];
  const shown = relative(terminal.cwd, summary.dir) || ".";
  terminal.out.write(`\n${textTable(head, rows)}\n`);
  terminal.out.write(
    `hypervolume ${shortNumber(front.hypervolume)} over the baseline${front.share === null ? "" : `, ${shortNumber(front.share)} times that of the best single model`}\n`,
  );
  terminal.out.write(`\n${summaryTable(summary.tasks)}\n`);
  terminal.out.write(
    `${shown} has model ${front.main}, ${join(shown, "front")} all of them; open ${relative(terminal.cwd, summary.report)}\n`,
  );
}

/** An interruption says where its checkpoint is and which command line goes on. */
function withResume(
  error: unknown,
  { line, options }: CommandCall,
  out: string,
  kept = "checkpoints",
): unknown {
  if (!(error instanceof PolytaskError) || error.code !== "INTERRUPTED") return error;
  const folder = options.out === undefined ? ` --out ${out}` : "";
  const again = `${line}${folder}${options.resume ? "" : " --resume"}`;
  return new BackendError("INTERRUPTED", error.message, {
    cause: error,
    hint: `its checkpoint is kept in ${join(out, kept)}; to go on: ${again}`,
  });
}

/** Flags with names of their own, as settings of the configuration. */
function namedOverrides(options: CommandCall["options"]): Override[] {
  const memoryLimit = memoryLimitOf(options);
  const overrides = seedOverride(options);
  if (memoryLimit !== undefined) {
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
