import type { TaskSummary } from "../run/train-run.ts";
import { shortNumber, textTable } from "./text-table.ts";

/** Metrics of each task, its primary one first: model and baseline side by side, and the rows behind them. */
export function summaryTable(tasks: Readonly<Record<string, TaskSummary>>): string {
  const rows = Object.entries(tasks).flatMap(([name, task]) => {
    const { primary, metrics, baseline } = task;
    const names = [primary, ...Object.keys(metrics).filter((metric) => metric !== primary)];
    return names.map((metric, i) => [
      i === 0 ? name : "",
      i === 0 ? task.kind : "",
      metric,
      shortNumber(metrics[metric]),
      shortNumber(baseline[metric]),
      i === 0 ? (task.part ?? "") : "",
      i === 0 ? String(task.rows) : "",
    ]);
  });
  return textTable(
    [
      { title: "task" },
      { title: "kind" },
      { title: "metric" },
      { title: "model", align: "right" },
      { title: "baseline", align: "right" },
      { title: "part" },
      { title: "rows", align: "right" },
    ],
    rows,
  );
}
