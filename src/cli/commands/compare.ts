import { dirname, relative, resolve } from "node:path";
import { parseConfig } from "../../config/load.ts";
import { BackendError, ConfigError, PolytaskError, show } from "../../core/errors.ts";
import type { ComparisonSummary } from "../../run/compare-run.ts";
import { type Command, type CommandCall, jsonOption } from "../command.ts";
import { interruptible } from "../interrupt.ts";
import { jsonDocument } from "../json.ts";
import { readConfig } from "../read-config.ts";
import { StudyProgress } from "../study-progress.ts";
import { shortNumber, textTable } from "../text-table.ts";

/** Learns the tasks together and apart on the same folds, and says whether together helps. */
export const compare: Command = {
  name: "compare",
  arguments: [{ name: "CONFIG", summary: "Configuration file, YAML or JSON." }],
  options: [
    { flags: "--out <DIR>", summary: "Folder for scores and report, new or empty." },
    { flags: "--folds <N>", summary: "Folds that the rows are cut into (default: 5)." },
    { flags: "--seeds <N>", summary: "Repetitions with other folds and seeds (default: 2)." },
    { flags: "--jobs <N>", summary: "Processes at work at once (default: one a core)." },
    {
      flags: "--regimes <NAMES>",
      summary: "Regimes beside independent and multiTask, separated by commas (default: all).",
    },
    { flags: "--resume", summary: "Go on where an interrupted comparison stopped." },
    jsonOption,
  ],
  overrides: true,
  details: async (width) => {
    const { regimes } = await import("../../study/regimes/regimes.ts");
    const rows = Object.values(regimes).map(({ name, summary }) => `  ${name}: ${summary}`);
    return ["Regimes:", ...rows.map((row) => row.slice(0, width * 2))].join("\n");
  },
  run,
};

async function run(call: CommandCall): Promise<void> {
  const { options, terminal } = call;
  const [file] = call.arguments;
  const path = resolve(terminal.cwd, file);
  const { config } = parseConfig(await readConfig(path, file), {
    file,
    overrides: call.overrides,
  });
  if (typeof options.out !== "string") {
    throw new ConfigError("USAGE", "polytask compare: --out DIR; got nothing", {
      hint: "name a new folder for scores and report",
    });
  }
  const out = resolve(terminal.cwd, options.out);
  const json = options.json === true;
  const progress = new StudyProgress(terminal.err, json && !terminal.err.interactive);
  const regimes = await regimesOf(options.regimes);
  const { compareRun } = await import("../../run/compare-run.ts");
  const { summary } = await interruptible(terminal, (signal) =>
    compareRun(config, {
      out,
      baseDir: dirname(path),
      folds: numberOf(options.folds, "--folds"),
      seeds: numberOf(options.seeds, "--seeds"),
      jobs: numberOf(options.jobs, "--jobs"),
      regimes,
      resume: options.resume === true,
      command: call.line,
      signal,
      onEvent: (event) => progress.event(event),
    }),
  )
    .finally(() => progress.clear())
    .catch((error) => {
      throw withResume(error, call);
    });
  if (json) {
    terminal.out.write(jsonDocument(summary));
    return;
  }
  terminal.out.write(`\n${table(summary)}\n`);
  for (const sentence of summary.advice) terminal.out.write(`${sentence}\n`);
  terminal.out.write(`\nopen ${relative(terminal.cwd, summary.report)}\n`);
}

/** Scores of every regime with their intervals, and the verdict on learning all tasks together. */
function table({ tasks, deltaMByRegime }: ComparisonSummary): string {
  const regimes = [...new Set(Object.values(tasks).flatMap((t) => Object.keys(t.regimes)))];
  const rows = Object.entries(tasks).map(([name, task]) => [
    name,
    task.metric,
    ...regimes.map((r) => {
      const { mean, low, high } = task.regimes[r];
      const half = high === null || low === null ? Number.NaN : (high - low) / 2;
      return Number.isFinite(half)
        ? `${shortNumber(mean)} ± ${shortNumber(half)}`
        : shortNumber(mean);
    }),
    task.verdict,
    shortNumber(task.p),
  ]);
  const delta = (r: string) => {
    const value = deltaMByRegime[r];
    return typeof value === "number" && Number.isFinite(value)
      ? `${value > 0 ? "+" : ""}${(value * 100).toFixed(1)} %`
      : "";
  };
  rows.push(["Δm", "", ...regimes.map(delta), "", ""]);
  return textTable(
    [
      { title: "task" },
      { title: "metric" },
      ...regimes.map((title) => ({ title, align: "right" as const })),
      { title: "multi-task" },
      { title: "p", align: "right" },
    ],
    rows,
  );
}

function numberOf(value: CommandCall["options"][string], flag: string): number | undefined {
  if (value === undefined) return undefined;
  const number = Number(value);
  if (Number.isInteger(number) && number >= 0) return number;
  throw new ConfigError("USAGE", `${flag}: a whole number; got ${show(value)}`);
}

async function regimesOf(value: CommandCall["options"][string]) {
  if (typeof value !== "string") return undefined;
  const { regimes } = await import("../../study/regimes/regimes.ts");
  const known = Object.keys(regimes) as (keyof typeof regimes)[];
  return value.split(",").map((name) => {
    const found = known.find((k) => k === name.trim());
    if (found) return found;
    throw new ConfigError(
      "USAGE",
      `--regimes: names among ${known.join(", ")}; got ${show(name.trim())}`,
    );
  });
}

function withResume(error: unknown, { line, options }: CommandCall): unknown {
  if (!(error instanceof PolytaskError) || error.code !== "INTERRUPTED") return error;
  return new BackendError("INTERRUPTED", error.message, {
    cause: error,
    hint: `the fits that were done are kept; to go on: ${line}${options.resume ? "" : " --resume"}`,
  });
}
