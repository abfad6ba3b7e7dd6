import { type Column, DataTable } from "../components/data-table.tsx";
import { formatMetric, formatNumber, formatPlural } from "../format.ts";
import type { TransferRecord } from "../record.ts";
import type { Section } from "../section.ts";

type InputRow = TransferRecord["inputs"][number];
type TaskRow = TransferRecord["tasks"][number];
type ParameterRow = TransferRecord["parameters"][number];
type RateRow = TransferRecord["rates"][number];

const measures: Readonly<Record<string, string>> = {
  ks: "distributions",
  totalVariation: "frequencies",
  unknown: "unknown values",
  brightness: "brightness",
  shape: "count of numbers",
  missing: "missing cells",
};

/** What the model took over from a trained one: inputs, heads, parameters, and when they begin to learn. */
export const transfer: Section = {
  name: "transfer",
  title: "Taken over",
  when: (record) => record.transfer !== undefined,
  render(record) {
    const { source, inputs, tasks, parameters, rates, totals } = record.transfer as TransferRecord;
    const share = totals.all > 0 ? (100 * totals.copied) / totals.all : 0;
    const special = rates.some((r) => r.factor !== 1 || r.frozen !== 0);
    return (
      <>
        <p>
          {"Training started from the model of "}
          <b>
            <bdi>{source}</bdi>
          </b>
          {`: ${totals.copied.toLocaleString("en")} of ${totals.all.toLocaleString("en")} numbers (${formatNumber(share, 3)} %) are copies of its own; ${totals.unused.toLocaleString("en")} of its numbers found no use.`}
        </p>
        <h3>Inputs</h3>
        <DataTable columns={inputColumns} rows={inputs} />
        <h3>Tasks</h3>
        <DataTable columns={taskColumns} rows={tasks} tall={tasks.length > 12} />
        {special && (
          <>
            <h3>When and how fast carried parameters learn</h3>
            <DataTable columns={rateColumns} rows={rates} />
            <p class="note">
              {
                "Frozen parameters are left as they are for so many epochs. What starts anew learns from the first epoch on, at the full rate."
              }
            </p>
          </>
        )}
        <h3>Parameters</h3>
        <DataTable columns={parameterColumns} rows={parameters} tall={parameters.length > 12} />
      </>
    );
  },
};

const counted = (counts: InputRow["features"]) =>
  counts ? `${counts.known} known, ${counts.added} new, ${counts.gone} gone` : "–";

const match = ({ how, name, from }: InputRow | TaskRow) =>
  how === "mean" && from !== undefined ? (
    <>
      {"mean of "}
      <bdi>{from}</bdi>
    </>
  ) : how === "mapped" && from !== undefined && from !== name ? (
    <>
      {"from "}
      <bdi>{from}</bdi>
    </>
  ) : (
    how
  );

const inputColumns: readonly Column<InputRow>[] = [
  { title: "input", cell: (i) => <bdi>{i.name}</bdi>, key: (i) => i.name },
  { title: "type", cell: (i) => i.modality },
  { title: "match", cell: match },
  { title: "means and vocabulary", cell: (i) => (i.state === "unused" ? "–" : i.state) },
  {
    title: "drift",
    hint: "distances from 0 to 1 between the cells of both tables; ± is what chance makes of so few rows",
    cell: (i) =>
      i.drift
        .filter((d) => d.measure !== "missing" || (d.value ?? 0) >= 0.005)
        .map(
          (d) =>
            `${measures[d.measure] ?? d.measure}${d.of ? ` of ${d.of}` : ""} ${formatMetric(d.value)}${(d.noise ?? 0) >= 0.005 ? ` (chance ${formatMetric(d.noise)})` : ""}`,
        )
        .join("; ") || "–",
  },
  {
    title: "vocabulary",
    cell: (i) => counted(i.vocabulary),
  },
  {
    title: "weights of features",
    hint: "features of the input whose weights were carried, that are new, and that are gone; for models that have a weight a feature",
    cell: (i) => counted(i.features),
  },
  { title: "because", wide: true, cell: (i) => i.why },
];

const taskColumns: readonly Column<TaskRow>[] = [
  { title: "task", cell: (t) => <bdi>{t.name}</bdi>, key: (t) => t.name },
  { title: "kind", cell: (t) => t.kind },
  { title: "match", cell: match },
  { title: "head", cell: (t) => (t.head === "unused" ? "–" : t.head) },
  {
    title: "outputs kept",
    numeric: true,
    cell: (t) => (t.head === "unused" ? "–" : `${t.outputs.reused} of ${t.outputs.all}`),
  },
  { title: "because", wide: true, cell: (t) => t.why },
];

const rateColumns: readonly Column<RateRow>[] = [
  { title: "group", cell: (r) => <bdi>{r.group}</bdi> },
  { title: "carried numbers", numeric: true, cell: (r) => r.carried.toLocaleString("en") },
  {
    title: "frozen for",
    numeric: true,
    cell: (r) =>
      r.frozen === "always" ? "always" : r.frozen === 0 ? "–" : formatPlural(r.frozen, "epoch"),
  },
  {
    title: "learning rate",
    numeric: true,
    cell: (r) => (r.frozen === "always" ? "–" : `× ${formatNumber(r.factor, 3)}`),
  },
];

const parameterColumns: readonly Column<ParameterRow>[] = [
  {
    title: "parameter",
    cell: (p) => <bdi>{p.name}</bdi>,
    key: (p) => p.name,
  },
  {
    title: "in the trained model",
    cell: (p) => (p.how === "fresh" || p.how === "unused" ? "–" : <bdi>{p.from ?? p.name}</bdi>),
  },
  { title: "shape", numeric: true, cell: (p) => p.shape.join(" × ") || "1" },
  { title: "what became of it", cell: (p) => p.how, key: (p) => p.how },
  {
    title: "copied",
    numeric: true,
    cell: (p) => p.copied.toLocaleString("en"),
    key: (p) => p.copied,
  },
  { title: "numbers", numeric: true, cell: (p) => p.size.toLocaleString("en"), key: (p) => p.size },
];
