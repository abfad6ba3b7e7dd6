import type { Drift } from "../modalities/carry.ts";
import { driftWords, type TransferPlan } from "../study/transfer-plan.ts";
import { textTable } from "./text-table.ts";

/** A plan of transfer as tables: inputs, tasks, parameters by what becomes of them, and rates. */
export function planText(plan: TransferPlan, source: string): string {
  const weighted = plan.inputs.some((i) => i.features !== undefined);
  const inputs = plan.inputs.map((i) => [
    i.name,
    i.modality,
    matched(i.how, i.name, i.from),
    i.state === "unused" ? "" : i.state,
    i.drift.map(driftText).filter(Boolean).join("; "),
    counted(i.vocabulary),
    ...(weighted ? [counted(i.features)] : []),
    i.why,
  ]);
  const tasks = shownTasks(plan.tasks).map((t) => [
    t.name,
    t.kind,
    matched(t.how, t.name, t.from),
    t.head === "unused" ? "" : t.head,
    t.head === "unused" ? "" : `${t.outputs.reused} of ${t.outputs.all}`,
    t.why,
  ]);
  const columns = (titles: readonly string[]) => titles.map((title) => ({ title }));
  const parts = [
    `Starting from the model of ${source}:\n`,
    textTable(
      columns([
        ...["input", "type", "match", "state", "drift", "vocabulary"],
        ...(weighted ? ["weights of features"] : []),
        "because",
      ]),
      inputs,
    ),
    textTable(columns(["task", "kind", "match", "head", "outputs kept", "because"]), tasks),
    textTable(
      [
        { title: "parameters" },
        { title: "tensors", align: "right" },
        { title: "numbers", align: "right" },
        { title: "copied", align: "right" },
      ],
      (["copied", "partly copied", "fresh", "unused"] as const).map((how) => {
        const some = plan.parameters.filter((p) => p.how === how);
        const sum = (of: (p: (typeof some)[number]) => number) =>
          some.reduce((s, p) => s + of(p), 0).toLocaleString("en");
        return [how, `${some.length}`, sum((p) => p.size), sum((p) => p.copied)];
      }),
    ),
  ];
  const special = plan.rates.filter((r) => r.factor !== 1 || r.frozen !== 0);
  if (special.length > 0) {
    const rows = plan.rates.map(({ group, carried, factor, frozen }) => [
      group,
      carried.toLocaleString("en"),
      frozen === "always" ? "always" : frozen === 0 ? "never" : `${frozen} epochs`,
      frozen === "always" ? "" : `× ${Number(factor.toPrecision(3))}`,
    ]);
    parts.push(textTable(columns(["carried group", "numbers", "frozen for", "rate"]), rows));
  }
  const hidden = plan.tasks.length - shownTasks(plan.tasks).length;
  if (hidden > 0)
    parts.push(`${hidden} more tasks keep their heads; --json lists all ${plan.tasks.length}.\n`);
  const { copied, all } = plan.totals;
  parts.push(
    `${copied.toLocaleString("en")} of ${all.toLocaleString("en")} numbers (${((100 * copied) / all).toFixed(1)} %) come from the trained model.\n`,
  );
  return parts.join("\n");
}

/** Tasks up to which all are listed; of more those whose heads stay as they were are counted. */
const listed = 30;

function shownTasks(tasks: TransferPlan["tasks"]): TransferPlan["tasks"] {
  if (tasks.length <= listed) return tasks;
  return tasks.filter((t, i) => i < listed || t.how !== "same name" || t.head !== "reused");
}

function counted(counts: TransferPlan["inputs"][number]["features"]): string {
  return counts ? `${counts.known} known, ${counts.added} new, ${counts.gone} gone` : "";
}

function matched(how: TransferPlan["tasks"][number]["how"], name: string, from?: string): string {
  if (how === "mean" && from !== undefined) return `mean of ${from}`;
  return how === "mapped" && from !== name ? `from ${from}` : how;
}

/** A measure with what chance makes of so few rows; nothing for one that says nothing. */
function driftText({ measure, of, value, noise }: Drift): string {
  if (measure === "missing" && value < 0.005) return "";
  const chance = noise >= 0.005 ? ` (chance ${noise.toFixed(2)})` : "";
  return `${driftWords[measure]}${of ? ` of ${of}` : ""} ${value.toFixed(2)}${chance}`;
}
