import { ColumnChart } from "../charts/column-chart.tsx";
import { ScatterChart } from "../charts/scatter-chart.tsx";
import { formatCount, formatNumber, formatPlural } from "../format.ts";
import type { TaskDetail, TaskRecord } from "../record.ts";

/** Truth against prediction, and how the errors are distributed. */
export function NumericResults({ task, detail }: { task: TaskRecord; detail: TaskDetail }) {
  const { scatter, residuals } = detail;
  const unit = task.unit ? `, ${task.unit}` : "";
  if (!scatter?.truth.length && !residuals?.counts.length) return null;
  return (
    <div class="charts">
      {scatter !== undefined && scatter.truth.length > 0 && (
        <ScatterChart
          title="Predicted against true"
          note={
            scatter.of === undefined || scatter.of === scatter.truth.length
              ? formatPlural(scatter.truth.length, "row")
              : `a sample of ${formatCount(scatter.truth.length)} from ${formatCount(scatter.of)} rows`
          }
          xs={scatter.truth}
          ys={scatter.predicted}
          xTitle={`true${unit}`}
          yTitle={`predicted${unit}`}
          diagonal="prediction = truth"
        />
      )}
      {residuals !== undefined && residuals.counts.length > 0 && (
        <ColumnChart
          title="Errors"
          note="prediction − truth; left of 0 is too low"
          edges={residuals.edges}
          counts={residuals.counts}
          zero={0}
          xTitle={`prediction − truth${unit}`}
          yTitle="rows"
          height={332}
          tip={(k) =>
            `${formatNumber(residuals.edges[k])} to ${formatNumber(residuals.edges[k + 1])}\n${formatPlural(residuals.counts[k], "row")}`
          }
        />
      )}
    </div>
  );
}
