import { ColumnChart } from "../charts/column-chart.tsx";
import { DataTable } from "../components/data-table.tsx";
import { formatCount, formatMetric, formatPlural } from "../format.ts";
import type { RunRecord, TaskRecord } from "../record.ts";
import type { Section } from "../section.ts";

type Values = NonNullable<TaskRecord["values"]>;

/** Tasks that were learned as one for each value of a column: how the values differ. */
export const values: Section = {
  name: "values",
  title: "Values with tasks of their own",
  when: (record: RunRecord) => record.tasks.some((task) => task.values !== undefined),
  render: (record) => (
    <>
      {record.tasks.map(
        (task) =>
          task.values && <TaskValues key={task.name} name={task.name} values={task.values} />,
      )}
    </>
  ),
};

function TaskValues({ name, values }: { name: string; values: Values }) {
  const { by, metric, better, scores } = values;
  const known = scores.filter((s) => s.model !== null);
  const sorted = [...known].sort((a, b) =>
    better === "higher" ? Number(b.model) - Number(a.model) : Number(a.model) - Number(b.model),
  );
  const gains = known.filter((s) =>
    s.baseline === null
      ? false
      : better === "higher"
        ? Number(s.model) > s.baseline
        : Number(s.model) < s.baseline,
  ).length;
  const { edges, counts } = histogram(known.map((s) => Number(s.model)));
  return (
    <div class="block">
      <h3>
        <bdi>{name}</bdi> by <bdi>{by}</bdi>
      </h3>
      <p>
        {formatPlural(scores.length, "value")}, each with a task of its own; better than the
        baseline in {formatCount(gains)} of the {formatCount(known.length)} that were measured on{" "}
        {values.part} rows.
      </p>
      <div class="beside">
        {counts.length > 0 && (
          <ColumnChart
            title={`${metric} over the values`}
            edges={edges}
            counts={counts}
            xTitle={metric}
            yTitle="values"
            tip={(k) =>
              `${formatPlural(counts[k], "value")} with ${metric} from ${formatMetric(edges[k])} to ${formatMetric(edges[k + 1])}`
            }
          />
        )}
        <DataTable
          caption={`Best first; a column's title sorts by it`}
          tall={sorted.length > 16}
          rows={sorted}
          columns={[
            { title: by, key: (s) => s.value, cell: (s) => <bdi>{s.value}</bdi> },
            { title: "rows", numeric: true, key: (s) => s.rows, cell: (s) => formatCount(s.rows) },
            {
              title: metric,
              numeric: true,
              key: (s) => Number(s.model),
              cell: (s) => formatMetric(s.model),
            },
            {
              title: "baseline",
              numeric: true,
              key: (s) => Number(s.baseline),
              cell: (s) => formatMetric(s.baseline),
            },
          ]}
        />
      </div>
    </div>
  );
}

/** Counts between a dozen equal steps from the least to the largest. */
function histogram(list: readonly number[]): { edges: number[]; counts: number[] } {
  const [low, high] = [Math.min(...list), Math.max(...list)];
  if (list.length < 2 || low === high) return { edges: [], counts: [] };
  const steps = Math.min(12, list.length);
  const edges = Array.from({ length: steps + 1 }, (_, i) => low + ((high - low) * i) / steps);
  const counts = new Array<number>(steps).fill(0);
  for (const x of list)
    counts[Math.min(steps - 1, Math.floor(((x - low) / (high - low)) * steps))]++;
  return { edges, counts };
}
