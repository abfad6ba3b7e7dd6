import { DataTable } from "../components/data-table.tsx";
import { Meter } from "../components/meter.tsx";
import { formatCount, formatMetric, formatPlural, isMeasured } from "../format.ts";
import type { QualityRecord, RunRecord } from "../record.ts";
import { partNames } from "../results.ts";
import type { Section } from "../section.ts";
import { LabelBalance } from "./label-balance.tsx";

/** What a reader should know about the data before believing the results. */
export const quality: Section = {
  name: "quality",
  title: "Data quality",
  when: (record) => record.quality !== undefined,
  render(record) {
    const found = record.quality as QualityRecord;
    return (
      <>
        <Warnings found={found} />
        <Leakage found={found} />
        <Duplicates found={found} />
        <Labels record={record} />
        <LabelBalance balance={found.balance ?? []} />
        <Columns found={found} />
      </>
    );
  },
};

function Warnings({ found }: { found: QualityRecord }) {
  const warnings = found.warnings ?? [];
  if (warnings.length === 0) return null;
  return (
    <ul class="warnings">
      {warnings.map((warning, k) => (
        <li key={k} class={warning.severity}>
          <b>
            {warning.severity === "warning" ? "Warning" : "Note"}
            {" · "}
            <bdi>{warning.where}</bdi>
          </b>
          <span>{warning.message}</span>
          {warning.hint !== undefined && <span class="note">{warning.hint}</span>}
        </li>
      ))}
    </ul>
  );
}

function Leakage({ found }: { found: QualityRecord }) {
  if (found.leakage === undefined) return null;
  return (
    <div class="block">
      <h3>Suspected leakage</h3>
      {found.leakage.length === 0 ? (
        <p class="fine">No input alone predicts a task suspiciously well.</p>
      ) : (
        <>
          <p>
            These inputs alone predict a task almost perfectly. Check that they would be known at
            the time of prediction.
          </p>
          <DataTable
            rows={found.leakage}
            columns={[
              { title: "input", cell: (row) => <bdi>{row.column}</bdi> },
              { title: "task", cell: (row) => <bdi>{row.task}</bdi> },
              { title: "measure", cell: (row) => row.measure },
              { title: "value", numeric: true, cell: (row) => formatMetric(row.value) },
              { title: "note", wide: true, cell: (row) => row.note ?? "" },
            ]}
          />
        </>
      )}
    </div>
  );
}

function Duplicates({ found }: { found: QualityRecord }) {
  if (found.duplicates === undefined) return null;
  const some = found.duplicates.filter((entry) => entry.rows > 0);
  return (
    <div class="block">
      <h3>Duplicates across the split</h3>
      {some.length === 0 ? (
        <p class="fine">No row of one part has the same inputs as a row of another part.</p>
      ) : (
        <DataTable
          rows={some}
          columns={[
            {
              title: "what",
              cell: ({ parts: [a, b] }) =>
                `${partNames[b]} rows that also occur in ${partNames[a]}`,
            },
            { title: "rows", numeric: true, cell: (row) => formatCount(row.rows) },
            {
              title: "for example",
              wide: true,
              cell: (row) => (row.examples ?? []).map((id) => `row ${id}`).join(", "),
            },
          ]}
        />
      )}
    </div>
  );
}

function Labels({ record }: { record: RunRecord }) {
  const parts = (["train", "validation", "test"] as const).filter((part) =>
    isMeasured(record.split.rows[part]),
  );
  return (
    <div class="block">
      <h3>Labels</h3>
      <p>
        {`Split: ${record.split.rule}. A row without a label for one task still trains the others.`}
      </p>
      <DataTable
        rows={record.tasks}
        columns={[
          { title: "task", cell: (task) => <bdi>{task.name}</bdi> },
          { title: "kind", cell: (task) => task.kind },
          ...parts.flatMap((part) => [
            {
              title: `${partNames[part]}, labelled`,
              numeric: true,
              cell: (task: (typeof record.tasks)[number]) =>
                `${formatCount(task.labelled[part])} of ${formatCount(record.split.rows[part])}`,
            },
          ]),
        ]}
      />
    </div>
  );
}

function Columns({ found }: { found: QualityRecord }) {
  const columns = found.columns ?? [];
  if (columns.length === 0) return null;
  const gaps = columns.filter((column) => column.missing > 0).length;
  return (
    <div class="block">
      <h3>Columns</h3>
      <p>
        {gaps === 0
          ? "No cell is missing."
          : `${formatPlural(gaps, "column has", "columns have")} missing cells.`}
      </p>
      <DataTable
        rows={columns}
        tall={columns.length > 20}
        columns={[
          { title: "column", key: (c) => c.name, cell: (c) => <bdi>{c.name}</bdi> },
          {
            title: "role",
            key: (c) => c.role,
            cell: (c) => (c.role === "both" ? "input and task" : c.role),
          },
          { title: "type", key: (c) => c.type, cell: (c) => c.type ?? "" },
          { title: "rows", numeric: true, key: (c) => c.rows, cell: (c) => formatCount(c.rows) },
          {
            title: "distinct",
            numeric: true,
            key: (c) => c.distinct,
            cell: (c) => formatCount(c.distinct),
          },
          {
            title: "missing cells",
            numeric: true,
            key: (c) => c.missing,
            cell: (c) => formatCount(c.missing),
          },
          {
            title: "missing",
            key: (c) => c.missing / c.rows,
            cell: (c) => <Meter share={c.rows > 0 ? c.missing / c.rows : null} />,
          },
        ]}
      />
    </div>
  );
}
