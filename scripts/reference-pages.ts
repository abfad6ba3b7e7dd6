import { commands } from "../src/cli/commands.ts";
import { exitCodeOf, exitCodes } from "../src/cli/exit-codes.ts";
import { ops } from "../src/compiler/ops.ts";
import { type OptionRow, optionRows } from "../src/config/describe.ts";
import { typeAliases } from "../src/config/foreign.ts";
import { experimentNode, type SchemaNode, variantsOf } from "../src/config/json-schema.ts";
import { families, modalities, taskKinds } from "../src/config/tables.ts";
import { errorCodes } from "../src/core/errors.ts";
import { type ReferenceKey, references } from "../src/core/references.ts";
import { fusions } from "../src/fusion/fusions.ts";
import type { Family } from "../src/learners/learner.ts";
import type { Modality } from "../src/modalities/modality.ts";
import { sharingOptionAliases, sharings } from "../src/sharing/sharings.ts";
import type { MetricFacts } from "../src/tasks/metrics/metric.ts";
import { metricTables } from "../src/tasks/metrics/table.ts";
import type { TaskKind } from "../src/tasks/task.ts";
import { weightingOptionAliases } from "../src/weighting/aliases.ts";
import { weightings } from "../src/weighting/weightings.ts";

/** A row of any of the tables. */
interface Described {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly cite?: readonly string[];
}

/** Every page of `docs/reference`: file name to text. */
export async function referencePages(): Promise<Record<string, string>> {
  const pages: Record<string, string> = {
    "config.md": configPage(),
    "cli.md": await cliPage(),
    "families.md": familiesPage(),
    "modalities.md": modalitiesPage(),
    "tasks.md": tasksPage(),
    "metrics.md": metricsPage(),
    "errors.md": errorsPage(),
    "references.md": referencesPage(),
    "ops.md": opsPage(),
    "names.md": namesPage(),
  };
  const note = "<!-- Made by `npm run docs` from the tables in the code; edit those. -->\n\n";
  return Object.fromEntries(Object.entries(pages).map(([name, text]) => [name, note + text]));
}

function configPage(): string {
  const parts = [
    "# Configuration",
    "An experiment is a YAML or JSON file. Where an option chooses by `type`, the bare name stands for an object with that `type`: `learner: linear` is `learner: { type: linear }`. Any option can be set on the command line of `polytask train`, as in `--training.epochs 20`.",
    optionTable(optionRows().filter((row) => !row.path.includes("."))),
  ];
  for (const section of Object.keys(experimentNode().properties ?? {})) {
    const rows = optionRows().filter((row) => row.path.startsWith(`${section}.`));
    if (rows.length === 0) continue;
    parts.push(`## ${section}`);
    const groups = new Map<string, OptionRow[]>();
    for (const row of rows) {
      const key = JSON.stringify(row.when);
      groups.set(key, [...(groups.get(key) ?? []), row]);
    }
    for (const [key, group] of groups) {
      const chosen = Object.entries(JSON.parse(key) as Record<string, string>);
      if (chosen.length > 0) {
        parts.push(`### ${chosen.map(([path, type]) => `\`${path}: ${type}\``).join(", ")}`);
        const summary = variantSummary(chosen);
        if (summary) parts.push(summary);
      }
      parts.push(optionTable(group));
    }
  }
  return page(parts);
}

/** What the last of some choices is, as its table says. */
function variantSummary(chosen: readonly (readonly [string, string])[]): string | undefined {
  const [path, type] = chosen[chosen.length - 1];
  const before = JSON.stringify(Object.fromEntries(chosen.slice(0, -1)));
  const row = optionRows().find((one) => one.path === path && JSON.stringify(one.when) === before);
  const variants = row && variantsOf(row.node as SchemaNode);
  return variants?.get(type)?.description;
}

function optionTable(rows: readonly OptionRow[]): string {
  return table(
    ["option", "takes", "default", "meaning"],
    rows.map((row) => [
      `\`${row.path}\``,
      row.expects,
      row.default === "" ? (row.required ? "required" : "") : `\`${row.default}\``,
      row.description,
    ]),
  );
}

async function cliPage(): Promise<string> {
  const parts = ["# Command line"];
  for (const row of commands) {
    const command = await row.load();
    const usage = [
      "polytask",
      row.name,
      ...command.arguments.map(({ name, optional }) => (optional ? `[${name}]` : name)),
      ...command.options.map(({ flags, required }) => {
        const plain = flags.replace("<", "").replace(">", "");
        return required ? plain : `[${plain}]`;
      }),
      ...(command.overrides ? ["[--PATH VALUE]"] : []),
    ];
    parts.push(`## ${row.name}`, row.summary, `\`\`\`\n${usage.join(" ")}\n\`\`\``);
    const lines = [
      ...command.arguments.map(({ name, summary }) => [`\`${name}\``, summary]),
      ...command.options.map(({ flags, summary }) => [`\`${flags}\``, summary]),
    ];
    if (command.overrides) {
      lines.push([
        "`--PATH VALUE`",
        "Any option of the configuration, as in `--training.epochs 20`; also `--set PATH=VALUE`.",
      ]);
    }
    if (lines.length > 0) parts.push(table(["", ""], lines));
  }
  parts.push(
    "## Exit codes",
    table(
      ["code", "when", "errors"],
      Object.entries(exitCodes).map(([when, code]) => [
        String(code),
        when,
        Object.entries(exitCodeOf)
          .filter(([, other]) => other === code)
          .map(([name]) => name)
          .join(", "),
      ]),
    ),
    "Errors go to standard error as `error[CODE] where: what was expected; what came`, with a line `hint:` where there is something to do about it. `POLYTASK_DEBUG=stack` adds the stack.",
  );
  return page(parts);
}

function familiesPage(): string {
  const list = (what: readonly string[] | "all") => (what === "all" ? "all" : what.join(", "));
  const parts = ["# Families of models"];
  for (const family of Object.values(families) as Family[]) {
    const { view, tasks, modalities: takes, streaming, resume } = family.can;
    parts.push(
      ...described(family),
      table(
        ["", ""],
        [
          ["sees", view === "network" ? "trainable encoders" : "fixed features"],
          ["tasks", list(tasks)],
          ["modalities", list(takes)],
          ["rows may stay on disk", yesNo(streaming)],
          ["goes on from a checkpoint", yesNo(resume)],
        ],
      ),
      `Options: [configuration](config.md#learner).`,
    );
  }
  parts.push("# Parts of networks");
  for (const [title, rows] of [
    ["Fusion", fusions],
    ["Sharing", sharings],
    ["Weighting", weightings],
  ] as const) {
    parts.push(`## ${title}`);
    for (const row of Object.values(rows)) parts.push(...described(row, "###"));
  }
  return page(parts);
}

function modalitiesPage(): string {
  const parts = ["# Modalities"];
  for (const modality of Object.values(modalities) as Modality[]) {
    parts.push(
      ...described(modality),
      `Reads columns of ${modality.storage.join(", ")}.`,
      optionTable(optionRows().filter((row) => row.when["inputs.<name>"] === modality.name)),
    );
  }
  return page(parts);
}

function tasksPage(): string {
  const parts = ["# Tasks"];
  for (const kind of Object.values(taskKinds) as TaskKind[]) {
    parts.push(
      ...described(kind),
      `${kind.objective ? `Compares inputs; \`relevant\` is a column of ${kind.storage.join(", ")}` : `Reads columns of ${kind.storage.join(", ")}`}. Model selection reads \`${kind.primary}\`; all [metrics](metrics.md#${kind.name}).`,
      optionTable(optionRows().filter((row) => row.when["tasks.<name>"] === kind.name)),
    );
  }
  return page(parts);
}

function metricsPage(): string {
  const parts = [
    "# Metrics",
    "Rows without a label are skipped; every result says how many rows it used. A metric that has no value on some rows says why.",
  ];
  for (const [kind, metrics] of Object.entries(metricTables)) {
    const rows = Object.values(metrics as Readonly<Record<string, MetricFacts>>);
    parts.push(
      `## ${kind}`,
      table(
        ["metric", "better", "range", "meaning"],
        rows.map((row) => [
          `\`${row.name}\``,
          row.direction,
          row.range.map(bound).join(" … "),
          row.cite ? `${row.summary} ${citation(row.cite)}` : row.summary,
        ]),
      ),
    );
  }
  return page(parts);
}

function bound(value: number): string {
  return Number.isFinite(value) ? String(value) : value > 0 ? "∞" : "−∞";
}

function errorsPage(): string {
  const rows = Object.entries(errorCodes).map(([code, meaning]) => [
    `\`${code}\``,
    meaning,
    String(exitCodeOf[code as keyof typeof errorCodes]),
  ]);
  return page(["# Errors", table(["code", "meaning", "exit code"], rows)]);
}

function referencesPage(): string {
  const entries = Object.entries(references).sort(([a], [b]) => (a < b ? -1 : 1));
  return page([
    "# References",
    ...entries.map(([key, text]) => `<a id="${key}"></a>\`${key}\`: ${text}`),
  ]);
}

function opsPage(): string {
  const rows = Object.entries(ops).map(([name, row]) => [
    `\`${name}\``,
    row.summary,
    row.traits.join(", "),
    "none" in row.vjp ? `none: ${row.vjp.none}` : "yes",
    "none" in row.onnx ? `none: ${row.onnx.none}` : "yes",
  ]);
  return page([
    "# Primitives of the compiler",
    table(["primitive", "computes", "traits", "derivative", "ONNX"], rows),
  ]);
}

function namesPage(): string {
  const parts = [
    "# Names of other libraries",
    "What is written in the words of LibMTL, TorchJD, Ludwig, MultiBench or Torch-RecHub, and what it is here. Case, hyphens and underscores do not count: `Nash_MTL`, `nash-mtl` and `nashMtl` are one. The log of a run says which method runs under another name, and its `config.yaml` has this library's own. [`polytask init --from`](cli.md#init) converts a whole configuration of Ludwig.",
  ];
  for (const [path, names] of Object.entries(typeAliases)) {
    const rows = Object.entries(names).map(([theirs, own]) => [`\`${theirs}\``, `\`${own}\``]);
    parts.push(`## ${path.replace(".*", "")}`, table(["theirs", "here"], rows));
  }
  const options = Object.entries(weightingOptionAliases).flatMap(([type, names]) =>
    Object.entries(names).map(([theirs, own]) => [
      `\`${type}\``,
      `\`${theirs}\``,
      own === null ? "left out: the solver here is exact" : `\`${own}\``,
    ]),
  );
  const experts = Object.entries(sharingOptionAliases).flatMap(([type, names]) =>
    Object.entries(names).map(([theirs, own]) => [
      `\`${type}\``,
      `\`${theirs}\``,
      Object.keys(own([1, 1]) ?? {})
        .map((key) => `\`${key}\``)
        .join(" and "),
    ]),
  );
  parts.push(
    "## Options of LibMTL",
    "Options of a weighting or a sharing, beside its `type`. `num_experts` is a number, or a list: the shared experts first, then those of each task, of which all tasks have equally many.",
    table(["of", "theirs", "here"], [...options, ...experts]),
  );
  return page(parts);
}

function described(row: Described, level = "##"): string[] {
  const cited = (row.cite ?? []).map((key) => citation(key as ReferenceKey)).join(" ");
  return [`${level} ${row.name}`, `${row.title}. ${row.summary}${cited && ` ${cited}`}`];
}

function citation(key: ReferenceKey): string {
  return `[[${key}](references.md#${key})]`;
}

function yesNo(value: boolean): string {
  return value ? "yes" : "no";
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "No options.";
  const line = (cells: readonly string[]) => `| ${cells.map(cellText).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** A cell's text: bars would end it, and angles outside of code would be tags. */
function cellText(text: string): string {
  const parts = text
    .replaceAll("|", "\\|")
    .replaceAll("\n", " ")
    .split(/(`[^`]*`)/);
  return parts.map((part, i) => (i % 2 === 1 ? part : part.replaceAll("<", "&lt;"))).join("");
}

function page(parts: readonly string[]): string {
  return `${parts.join("\n\n")}\n`;
}
