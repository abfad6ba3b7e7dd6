import { dirname, relative, resolve } from "node:path";
import { parseConfig } from "../../config/load.ts";
import type { Override } from "../../config/override.ts";
import { ConfigError } from "../../core/errors.ts";
import type { TransferSummary } from "../../run/transfer-run.ts";
import { type Command, type CommandCall, jsonOption } from "../command.ts";
import { interruptible } from "../interrupt.ts";
import { jsonDocument } from "../json.ts";
import { Progress } from "../progress.ts";
import { readConfig } from "../read-config.ts";
import { seedOverride } from "../seed-flag.ts";
import { jobsOf, studyOptions, withResume } from "../study-call.ts";
import { StudyProgress } from "../study-progress.ts";
import { summaryTable } from "../summary-table.ts";
import { shortNumber, textTable } from "../text-table.ts";

/** Starts from a trained model on a new table, and says whether that was better than from scratch. */
export const transfer: Command = {
  name: "transfer",
  arguments: [
    { name: "RUN_DIR", summary: "Folder of the run whose model is the start." },
    { name: "CONFIG", summary: "Configuration file of the new table, YAML or JSON." },
  ],
  options: [
    { flags: "--out <DIR>", summary: "Run folder of the new model, new or empty." },
    { flags: "--seed <N>", summary: "Seed of everything random, instead of the configuration's." },
    {
      flags: "--folds <N>",
      summary: "Folds of the comparison with training from scratch; 0 for none (default: 5).",
    },
    { flags: "--seeds <N>", summary: "Repetitions with other folds and seeds (default: 2)." },
    { flags: "--plan", summary: "Say what would be taken over, and stop." },
    ...studyOptions,
    jsonOption,
  ],
  overrides: true,
  run,
};

const flags = { folds: "transfer.folds", seeds: "transfer.seeds" } as const;

async function run(call: CommandCall): Promise<void> {
  const { options, terminal } = call;
  const [source, file] = call.arguments;
  const path = resolve(terminal.cwd, file);
  const seed = seedOverride(options);
  const set = Object.entries(flags).flatMap(([name, at]): Override[] => {
    const value = options[name];
    return typeof value === "string" ? [{ path: at, value, shown: `--${name}` }] : [];
  });
  const { config, given, notes } = parseConfig(await readConfig(path, file), {
    file,
    overrides: [...call.overrides, ...seed, ...set],
  });
  for (const note of notes) call.terminal.err.write(`${note}\n`);
  const planOnly = options.plan === true;
  if (typeof options.out !== "string" && !planOnly) {
    throw new ConfigError("USAGE", "polytask transfer: --out DIR; got nothing", {
      hint: "name a new folder for the model, or add --plan to see only what would be taken over",
    });
  }
  const json = options.json === true;
  const quiet = json && !terminal.err.interactive;
  const study = new StudyProgress(terminal.err, quiet);
  const training = new Progress(terminal.err, { quiet });
  const clear = () => {
    study.clear();
    training.clear();
  };
  const { transferRun } = await import("../../run/transfer-run.ts");
  const { planText } = await import("../transfer-plan-text.ts");
  const summary = await interruptible(terminal, (signal) =>
    transferRun(resolve(terminal.cwd, source), config, {
      out: resolve(terminal.cwd, String(options.out ?? "")),
      baseDir: dirname(path),
      given,
      jobs: jobsOf(options.jobs),
      resume: options.resume === true,
      planOnly,
      command: call.line,
      signal,
      onEvent(event) {
        if (event.type === "transfer") {
          if (!json) terminal.out.write(`${planText(event.plan, source)}\n`);
        } else if (event.type === "plan" || event.type === "fit") study.event(event);
        else if (event.type === "warning") study.event(event);
        else {
          study.clear();
          training.event(event);
        }
      },
    }),
  )
    .finally(clear)
    .catch((error) => {
      throw withResume(error, call, "what was done is kept");
    });
  if (json) terminal.out.write(jsonDocument(summary));
  else terminal.out.write(resultText(summary, terminal.cwd));
}

function resultText({ comparison, run: left }: TransferSummary, cwd: string): string {
  if (left === null) return "";
  const parts: string[] = [];
  if (comparison) {
    const score = (task: (typeof comparison.tasks)[number], arm: string) => {
      const { mean, low, high } = task.scores.find((s) => s.regime === arm) ?? {
        mean: null,
        low: null,
        high: null,
      };
      const half = high === null || low === null ? Number.NaN : (high - low) / 2;
      return Number.isFinite(half)
        ? `${shortNumber(mean)} ± ${shortNumber(half)}`
        : shortNumber(mean);
    };
    const rows = comparison.tasks.map((task) => [
      task.name,
      task.metric,
      score(task, "scratch"),
      score(task, "transfer"),
      task.against.verdict,
      shortNumber(task.against.adjusted),
    ]);
    const right = (title: string) => ({ title, align: "right" as const });
    const columns = [
      { title: "task" },
      { title: "metric" },
      right("from scratch"),
      right("transfer"),
    ];
    parts.push(textTable([...columns, { title: "verdict" }, right("p")], rows));
    parts.push(`${comparison.words.join("\n")}\n`);
  }
  parts.push(summaryTable(left.tasks));
  parts.push(`${relative(cwd, left.dir) || "."}; open ${relative(cwd, left.report)}\n`);
  return `\n${parts.join("\n")}`;
}
