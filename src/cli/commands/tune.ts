import { dirname, relative, resolve } from "node:path";
import { parseConfig } from "../../config/load.ts";
import type { Override } from "../../config/override.ts";
import { BackendError, ConfigError, PolytaskError, show } from "../../core/errors.ts";
import type { TuneSummary } from "../../run/tune-run.ts";
import { type Command, type CommandCall, jsonOption } from "../command.ts";
import { interruptible } from "../interrupt.ts";
import { jsonDocument } from "../json.ts";
import { readConfig } from "../read-config.ts";
import { StudyProgress } from "../study-progress.ts";
import { shortNumber, textTable } from "../text-table.ts";

/** Most rows of the printed table. */
const shownPoints = 12;

/** Searches values of the configuration, or the tasks' weights, on folds. */
export const tune: Command = {
  name: "tune",
  arguments: [{ name: "CONFIG", summary: "Configuration file, YAML or JSON." }],
  options: [
    { flags: "--out <DIR>", summary: "Folder for what was tried and the model, new or empty." },
    {
      flags: "--param <PATH=VALUES>",
      summary: "A value to search over: PATH=a,b,c or PATH=LOW..HIGH or PATH=log:LOW..HIGH.",
      repeatable: true,
    },
    { flags: "--weights", summary: "Search the tasks' weights, with the one-standard-error rule." },
    { flags: "--method <NAME>", summary: "random, grid or tpe (default: tpe)." },
    { flags: "--trials <N>", summary: "Points to try (default: 30; of weights about 15)." },
    { flags: "--halving", summary: "Drop points after few epochs (successive halving)." },
    { flags: "--folds <N>", summary: "Folds that the rows are cut into (default: 5)." },
    { flags: "--seeds <N>", summary: "Repetitions with other folds and seeds (default: 1)." },
    { flags: "--jobs <N>", summary: "Processes at work at once (default: one a core)." },
    { flags: "--no-refit", summary: "Do not train what was chosen." },
    { flags: "--resume", summary: "Go on where an interrupted search stopped." },
    jsonOption,
  ],
  overrides: true,
  run,
};

async function run(call: CommandCall): Promise<void> {
  const { options, terminal } = call;
  const [file] = call.arguments;
  const path = resolve(terminal.cwd, file);
  const text = await readConfig(path, file);
  const configOf = (more: readonly Override[]) =>
    parseConfig(text, { file, overrides: [...call.overrides, ...more] }).config;
  const config = configOf([]);
  const { parseParameter } = await import("../../study/search-space.ts");
  const space = ((options.param ?? []) as readonly string[]).map(parseParameter);
  const weights = options.weights === true;
  if (weights === space.length > 0) {
    throw new ConfigError(
      "USAGE",
      `polytask tune: either --weights or --param; got ${weights ? "both" : "neither"}`,
      { hint: "for example --param training.optimizer.learningRate=log:1e-4..1e-2" },
    );
  }
  if (typeof options.out !== "string") {
    throw new ConfigError("USAGE", "polytask tune: --out DIR; got nothing", {
      hint: "name a new folder for what is tried",
    });
  }
  const out = resolve(terminal.cwd, options.out);
  const json = options.json === true;
  const progress = new StudyProgress(terminal.err, json && !terminal.err.interactive);
  const sampler = await samplerOf(options.method);
  const { tuneRun } = await import("../../run/tune-run.ts");
  const summary = await interruptible(terminal, (signal) =>
    tuneRun(config, {
      out,
      baseDir: dirname(path),
      space,
      sampler,
      trials: numberOf(options.trials, "--trials") ?? (weights ? 15 : 30),
      halving: options.halving === true,
      folds: numberOf(options.folds, "--folds"),
      seeds: numberOf(options.seeds, "--seeds"),
      jobs: numberOf(options.jobs, "--jobs"),
      refit: options.refit !== false,
      resume: options.resume === true,
      command: call.line,
      signal,
      configure: (point) =>
        configOf(
          Object.entries(point).map(([p, value]) => ({ path: p, value, shown: `--param ${p}` })),
        ),
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
  for (const sentence of summary.words) terminal.out.write(`${sentence}\n`);
  const model = summary.refit && `; the model is in ${relative(terminal.cwd, summary.refit.dir)}`;
  terminal.out.write(`\nopen ${relative(terminal.cwd, summary.report)}${model ?? ""}\n`);
}

function table({ points, of }: TuneSummary): string {
  const names = Object.keys(points[0]?.values ?? {});
  const sorted =
    of === "values"
      ? points
      : [...points].sort((a, b) => (b.improvement ?? -Infinity) - (a.improvement ?? -Infinity));
  const percent = (share: number | null) =>
    share === null || !Number.isFinite(share) ? "–" : `${(share * 100).toFixed(1)} %`;
  return textTable(
    [
      ...names.map((title) => ({ title, align: "right" as const })),
      { title: "improvement", align: "right" },
      { title: "±", align: "right" },
    ],
    sorted.slice(0, shownPoints).map((p) => [
      ...names.map((n) => {
        const value = p.values[n];
        return typeof value === "number" ? shortNumber(value) : value;
      }),
      percent(p.improvement),
      percent(p.error),
    ]),
  );
}

function numberOf(value: CommandCall["options"][string], flag: string): number | undefined {
  if (value === undefined) return undefined;
  const number = Number(value);
  if (Number.isInteger(number) && number >= 0) return number;
  throw new ConfigError("USAGE", `${flag}: a whole number; got ${show(value)}`);
}

async function samplerOf(value: CommandCall["options"][string]) {
  const { samplers } = await import("../../study/samplers/samplers.ts");
  const known = Object.keys(samplers) as (keyof typeof samplers)[];
  const found = known.find((name) => name === (value ?? "tpe"));
  if (found) return found;
  throw new ConfigError("USAGE", `--method: ${known.join(", ")}; got ${show(value)}`);
}

function withResume(error: unknown, { line, options }: CommandCall): unknown {
  if (!(error instanceof PolytaskError) || error.code !== "INTERRUPTED") return error;
  return new BackendError("INTERRUPTED", error.message, {
    cause: error,
    hint: `the fits that were done are kept; to go on: ${line}${options.resume ? "" : " --resume"}`,
  });
}
