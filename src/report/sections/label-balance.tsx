import { BarChart } from "../charts/bar-chart.tsx";
import { ColumnChart } from "../charts/column-chart.tsx";
import { formatCount, formatNumber, formatPlural } from "../format.ts";
import type { QualityRecord } from "../record.ts";

type Balance = NonNullable<QualityRecord["balance"]>[number];

/** More classes than this are drawn by rank, without names. */
const mostNamed = 20;

/** How the labels of each task with classes are distributed. */
export function LabelBalance({ balance }: { balance: readonly Balance[] }) {
  const drawn = balance.filter((entry) => entry.counts.length > 0);
  if (drawn.length === 0) return null;
  return (
    <div class="block">
      <h3>Balance of classes</h3>
      <div class="charts">
        {drawn.map((entry) => (
          <TaskBalance key={entry.task} entry={entry} />
        ))}
      </div>
    </div>
  );
}

function TaskBalance({ entry }: { entry: Balance }) {
  const sorted = [...entry.counts].sort((a, b) => b.rows - a.rows);
  const [first] = sorted;
  const last = sorted[sorted.length - 1];
  const ratio = last.rows > 0 ? ` (${formatNumber(first.rows / last.rows, 2)} to 1)` : "";
  const note = `training rows; largest to smallest ${formatCount(first.rows)} : ${formatCount(last.rows)}${ratio}`;
  if (sorted.length <= mostNamed) {
    return (
      <BarChart
        title={entry.task}
        note={note}
        bars={sorted.map((row) => ({ label: row.label, value: row.rows }))}
      />
    );
  }
  const rare = sorted.filter((row) => row.rows < 10).length;
  return (
    <ColumnChart
      title={entry.task}
      note={`${sorted.length} classes; ${note}; ${formatPlural(rare, "class", "classes")} with fewer than 10 rows`}
      edges={Array.from({ length: sorted.length + 1 }, (_, k) => k + 0.5)}
      counts={sorted.map((row) => row.rows)}
      xTitle="classes by rank"
      yTitle="rows"
      xIntegers
      tip={(k) => `${k + 1}. ${sorted[k].label}\n${formatPlural(sorted[k].rows, "row")}`}
    />
  );
}
