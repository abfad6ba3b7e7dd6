import { relative } from "node:path";
import { compareConfig } from "../../config/tune-config.ts";
import { ConfigError, show } from "../../core/errors.ts";
import type { ComparisonSummary } from "../../run/compare-run.ts";
import { type Command, type CommandCall, jsonOption } from "../command.ts";
import { jsonDocument } from "../json.ts";
import { openStudyCall, type StudyFlag, studyOptions } from "../study-call.ts";
import { shortNumber, textTable } from "../text-table.ts";

/** Tasks that the printed table lists. */
const mostListed = 24;

/** Flags that stand for options under `compare`. */
const flags: readonly StudyFlag[] = [
  { name: "folds", flag: "--folds", path: "compare.folds" },
  { name: "seeds", flag: "--seeds", path: "compare.seeds" },
  { name: "tune", flag: "--tune", path: "compare.tune.trials" },
];

/** Learns the tasks together and apart on the same folds, and says whether together helps. */
export const compare: Command = {
  name: "compare",
  arguments: [{ name: "CONFIG", summary: "Configuration file, YAML or JSON." }],
  options: [
    { flags: "--out <DIR>", summary: "Folder for scores and report, new or empty." },
    { flags: "--folds <N>", summary: "Folds that the rows are cut into (default: 5)." },
    { flags: "--seeds <N>", summary: "Repetitions with other folds and seeds (default: 2)." },
    {
      flags: "--tune <N>",
      summary: "Points that every model may choose from inside its training rows (default: none).",
    },
    {
      flags: "--regimes <NAMES>",
      summary: "Regimes beside independent and multiTask, separated by commas (default: all).",
    },
    ...studyOptions,
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
  const study = await openStudyCall(call, "compare", flags);
  const { folds, seeds, ...asked } = study.config.compare ?? compareConfig.parse({});
  const regimes =
    typeof options.regimes === "string"
      ? await regimesOf(options.regimes.split(","), "--regimes")
      : asked.regimes && (await regimesOf(asked.regimes, "compare.regimes"));
  const { trials, space } = asked.tune;
  const { pointOverrides } = await import("../../study/search-space.ts");
  const configure = (point: Readonly<Record<string, string>>) =>
    study.configOf(pointOverrides(point));
  const { compareRun } = await import("../../run/compare-run.ts");
  const { summary } = await study.run((how) =>
    compareRun(study.config, {
      ...study.shared,
      folds,
      seeds,
      regimes,
      tune: trials > 0 ? { trials, space, configure } : undefined,
      ...how,
    }),
  );
  if (study.json) {
    terminal.out.write(jsonDocument(summary));
    return;
  }
  terminal.out.write(`\n${table(summary)}${legend}\n${verdictCounts(summary)}`);
  if (summary.trials > 0)
    terminal.out.write(
      `Every model of every regime chose among ${summary.trials} points, on validation rows of its own fold.\n`,
    );
  for (const sentence of summary.advice) terminal.out.write(`${sentence}\n`);
  for (const note of summary.notes) terminal.out.write(`note: ${note}\n`);
  terminal.out.write(`\nopen ${relative(terminal.cwd, summary.report)}\n`);
}

/** What the columns of the table are. */
const legend =
  "Means over folds and seeds ± half a 95 % interval. Verdict and p: multiTask beside independent, p adjusted over tasks.\n";

/** Scores of every regime with their intervals, and the verdict on learning all tasks together. */
function table({ tasks, deltaMByRegime, overall }: ComparisonSummary): string {
  const regimes = [...new Set(Object.values(tasks).flatMap((t) => Object.keys(t.regimes)))];
  const all = Object.entries(tasks);
  const shown = all.length > mostListed ? all.slice(0, mostListed) : all;
  const rows = shown.map(([name, task]) => [
    name,
    `${task.metric} ${task.better === "higher" ? "↑" : "↓"}`,
    ...regimes.map((r) => {
      const { mean, low, high } = task.regimes[r];
      const half = high === null || low === null ? Number.NaN : (high - low) / 2;
      return Number.isFinite(half)
        ? `${shortNumber(mean)} ± ${shortNumber(half)}`
        : shortNumber(mean);
    }),
    task.p === null || Number.isNaN(task.p) ? "not measured" : task.verdict,
    shortNumber(task.p),
  ]);
  const delta = (r: string) => {
    const value = deltaMByRegime[r];
    return typeof value === "number" && Number.isFinite(value)
      ? `${value > 0 ? "+" : ""}${(value * 100).toFixed(1)} %`
      : "";
  };
  if (shown.length < all.length)
    rows.push([`… ${all.length - shown.length} more`, "", ...regimes.map(() => ""), "", ""]);
  if (all.length > 1)
    rows.push(["Δm", "", ...regimes.map(delta), overall.verdict, shortNumber(overall.p)]);
  return textTable(
    [
      { title: "task" },
      { title: "metric" },
      ...regimes.map((title) => ({ title, align: "right" as const })),
      { title: "verdict" },
      { title: "p", align: "right" },
    ],
    rows,
  );
}

/** How many tasks have each verdict, where the table does not list them all. */
function verdictCounts({ tasks }: ComparisonSummary): string {
  const all = Object.values(tasks);
  if (all.length <= mostListed) return "";
  const count = (verdict: string) => all.filter((t) => t.verdict === verdict).length;
  return `Of ${all.length} tasks multi-task helps ${count("helps")}, hurts ${count("hurts")}, and makes no clear difference to ${count("no difference")}.\n`;
}

async function regimesOf(names: readonly string[], where: string) {
  const { regimes } = await import("../../study/regimes/regimes.ts");
  const known = Object.keys(regimes) as (keyof typeof regimes)[];
  return names.map((name) => {
    const found = known.find((k) => k === name.trim());
    if (found) return found;
    throw new ConfigError(
      "USAGE",
      `${where}: names among ${known.join(", ")}; got ${show(name.trim())}`,
    );
  });
}
