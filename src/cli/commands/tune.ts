import { relative } from "node:path";
import { tuneConfig } from "../../config/tune-config.ts";
import { ConfigError } from "../../core/errors.ts";
import type { TuneSummary } from "../../run/tune-run.ts";
import { type Command, type CommandCall, jsonOption } from "../command.ts";
import { jsonDocument } from "../json.ts";
import { openStudyCall, type StudyFlag, studyOptions } from "../study-call.ts";
import { shortNumber, textTable } from "../text-table.ts";

/** Most rows of the printed table. */
const shownPoints = 12;
/** Points to try where nothing is said. */
const defaultTrials = { values: 30, weights: 15 } as const;

/** Flags that stand for options under `tune`. */
const flags: readonly StudyFlag[] = [
  { name: "method", flag: "--method", path: "tune.method" },
  { name: "trials", flag: "--trials", path: "tune.trials" },
  { name: "objective", flag: "--objective", path: "tune.objective" },
  {
    name: "halving",
    flag: "--halving",
    path: "tune.halving.type",
    value: (given) => (given === true ? "synchronous" : given),
  },
  { name: "outer", flag: "--outer", path: "tune.outer" },
  { name: "folds", flag: "--folds", path: "tune.folds" },
  { name: "seeds", flag: "--seeds", path: "tune.seeds" },
];

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
    {
      flags: "--outer <K>",
      summary: "With --weights: outer folds of nested cross-validation (default: none).",
    },
    { flags: "--method <NAME>", summary: "random, grid or tpe (default: tpe)." },
    { flags: "--trials <N>", summary: "Points to try (default: 30; of weights about 15)." },
    {
      flags: "--objective <NAME>",
      summary: "deltaM, meanRank or a task, whose metric counts (default: deltaM).",
    },
    {
      flags: "--halving [KIND]",
      summary: "Drop points after few epochs: synchronous (where none is named) or asha.",
    },
    { flags: "--folds <N>", summary: "Folds that the rows are cut into (default: 5)." },
    { flags: "--seeds <N>", summary: "Repetitions with other folds and seeds (default: 1)." },
    { flags: "--no-refit", summary: "Do not train what was chosen." },
    ...studyOptions,
    jsonOption,
  ],
  overrides: true,
  run,
};

async function run(call: CommandCall): Promise<void> {
  const { options, terminal } = call;
  const study = await openStudyCall(call, "tune", flags);
  const { space: named, method, trials, ...how } = study.config.tune ?? tuneConfig.parse({});
  const { parseParameter, pointOverrides, readSpace } = await import("../../study/search-space.ts");
  const given = ((options.param ?? []) as readonly string[]).map(parseParameter);
  const weights = options.weights === true;
  if (weights && given.length > 0) {
    throw new ConfigError("USAGE", "polytask tune: either --weights or --param; got both");
  }
  // A flag takes the place of the same path in the configuration.
  const own = readSpace(named).filter(({ path }) => given.every((p) => p.path !== path));
  const space = weights ? [] : [...own, ...given];
  if (!weights && space.length === 0) {
    throw new ConfigError(
      "USAGE",
      "polytask tune: either --weights or --param, or tune.space in the configuration; got neither",
      { hint: "for example --param training.optimizer.learningRate=log:1e-4..1e-2" },
    );
  }
  const { tuneRun } = await import("../../run/tune-run.ts");
  const summary = await study.run((events) =>
    tuneRun(study.config, {
      ...study.shared,
      ...how,
      space,
      sampler: method,
      trials: trials ?? defaultTrials[weights ? "weights" : "values"],
      refit: options.refit !== false,
      configure: (point) => study.configOf(pointOverrides(point)),
      ...events,
    }),
  );
  if (study.json) {
    terminal.out.write(jsonDocument(summary));
    return;
  }
  terminal.out.write(`\n${table(summary)}\n`);
  for (const sentence of summary.words) terminal.out.write(`${sentence}\n`);
  const model = summary.refit && `; the model is in ${relative(terminal.cwd, summary.refit.dir)}`;
  terminal.out.write(`\nopen ${relative(terminal.cwd, summary.report)}${model ?? ""}\n`);
}

function table({ points, of, unit }: TuneSummary): string {
  const names = Object.keys(points[0]?.values ?? {});
  const sorted =
    of === "values"
      ? points
      : [...points].sort((a, b) => (b.improvement ?? -Infinity) - (a.improvement ?? -Infinity));
  const amount = (value: number | null) => {
    if (value === null || !Number.isFinite(value)) return "–";
    return unit === "share" ? `${(value * 100).toFixed(1)} %` : shortNumber(value);
  };
  return textTable(
    [
      ...names.map((title) => ({ title, align: "right" as const })),
      { title: unit === "ranks" ? "ranks gained" : "improvement", align: "right" },
      { title: "±", align: "right" },
    ],
    sorted.slice(0, shownPoints).map((p) => [
      ...names.map((n) => {
        const value = p.values[n];
        return typeof value === "number" ? shortNumber(value) : value;
      }),
      amount(p.improvement),
      amount(p.error),
    ]),
  );
}
