import { formatCount, formatDifference, formatMetric, isMeasured } from "../format.ts";
import type { MetricRow, ScoredPart, TaskRecord } from "../record.ts";
import { advantageOf, metricTitle, partNames, scoredParts } from "../results.ts";
import type { Section } from "../section.ts";

/** Every metric of every task, model and baseline side by side, with the rows used. */
export const metrics: Section = {
  name: "metrics",
  title: "Metrics",
  when: (record) => record.tasks.some((task) => task.metrics.length > 0),
  render: (record) => (
    <>
      <p>
        Each metric uses only rows that have a label for the task. The primary metric is in bold; ↑
        means higher is better, ↓ lower. Gain is the difference to the baseline in the metric's own
        unit, positive when the model is better.
      </p>
      {record.tasks
        .filter((task) => task.metrics.length > 0)
        .map((task) => (
          <MetricTable key={task.name} task={task} />
        ))}
    </>
  ),
};

function MetricTable({ task }: { task: TaskRecord }) {
  const parts = scoredParts(task);
  const names = [...new Set(task.metrics.map((row) => row.metric))];
  const find = (metric: string, part: ScoredPart) =>
    task.metrics.find((row) => row.metric === metric && row.part === part);
  return (
    <div class="block">
      <h3>
        <bdi>{task.name}</bdi>
        <span class="note">
          {task.kind}
          {isMeasured(task.weight) && ` · weight λ ${formatMetric(task.weight)}`}
          {task.baseline !== undefined && ` · baseline: ${task.baseline}`}
        </span>
      </h3>
      <div class="table metrics">
        <table>
          <thead>
            <tr>
              <th scope="col" rowspan={2}>
                metric
              </th>
              {parts.map((part) => (
                <th key={part} scope="colgroup" colspan={4} class="group">
                  {partNames[part]}
                </th>
              ))}
            </tr>
            <tr>
              {parts.map((part) => (
                <PartHeads key={part} />
              ))}
            </tr>
          </thead>
          <tbody>
            {names.map((metric) => {
              const any = task.metrics.find((row) => row.metric === metric) as MetricRow;
              return (
                <tr key={metric} class={metric === task.primary ? "strong" : undefined}>
                  <th scope="row">
                    {metricTitle(any)}
                    <span class="arrow">{any.better === "higher" ? " ↑" : " ↓"}</span>
                    {any.unit !== undefined && <small>{` ${any.unit}`}</small>}
                  </th>
                  {parts.map((part) => (
                    <PartCells key={part} row={find(metric, part)} />
                  ))}
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </div>
  );
}

function PartHeads() {
  return (
    <>
      <th scope="col" class="num group">
        model
      </th>
      <th scope="col" class="num">
        baseline
      </th>
      <th scope="col" class="num">
        gain
      </th>
      <th scope="col" class="num">
        rows
      </th>
    </>
  );
}

function PartCells({ row }: { row: MetricRow | undefined }) {
  const advantage = row && advantageOf(row);
  const [low, high] = row?.interval ?? [null, null];
  const tone = advantage === undefined || advantage === 0 ? "" : advantage > 0 ? "up" : "down";
  return (
    <>
      <td class="num group">
        {formatMetric(row?.model)}
        {isMeasured(low) && isMeasured(high) && (
          <small class="interval">{` ${formatMetric(low)} … ${formatMetric(high)}`}</small>
        )}
      </td>
      <td class="num">{formatMetric(row?.baseline)}</td>
      <td class={`num ${tone}`}>{formatDifference(advantage)}</td>
      <td class="num faint">{formatCount(row?.rows)}</td>
    </>
  );
}
