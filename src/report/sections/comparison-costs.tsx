import { DataTable } from "../components/data-table.tsx";
import { formatBytes, formatCount, formatDuration, formatGain, formatNumber } from "../format.ts";
import type { ComparisonRecord } from "../record.ts";
import type { Section } from "../section.ts";

/** What each regime costs, beside what it brings. */
export const comparisonCosts: Section = {
  name: "costs",
  title: "What it costs",
  when: (record) => record.comparison !== undefined,
  render(record) {
    const { regimes } = record.comparison as ComparisonRecord;
    return (
      <>
        <DataTable
          rows={regimes}
          columns={[
            { title: "regime", cell: (r) => r.title },
            { title: "what it is", wide: true, cell: (r) => r.summary },
            {
              title: "Δm",
              numeric: true,
              hint: "mean over tasks of the relative improvement over the first regime",
              cell: (r) => formatGain(r.deltaM),
              key: (r) => r.deltaM,
            },
            { title: "models", numeric: true, cell: (r) => formatNumber(r.cost.fits, 2) },
            {
              title: "parameters",
              numeric: true,
              cell: (r) => formatCount(r.cost.parameters),
              key: (r) => r.cost.parameters,
            },
            {
              title: "seconds",
              numeric: true,
              cell: (r) => formatDuration(r.cost.seconds),
              key: (r) => r.cost.seconds,
            },
            {
              title: "memory",
              numeric: true,
              hint: "largest resident size of a process when a fit of the regime ended",
              cell: (r) => formatBytes(r.cost.memoryBytes),
            },
          ]}
        />
        <p class="note">
          {
            "All models of one fold, on average. Δm weighs every task alike and relates its gain to its own score: "
          }
          {
            "where a score is near 0 it says little. Fits ran beside each other, so seconds are those of a busy machine."
          }
        </p>
      </>
    );
  },
};
