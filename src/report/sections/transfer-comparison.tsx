import { DotPlot } from "../charts/dot-plot.tsx";
import { LineChart } from "../charts/line-chart.tsx";
import { type Column, DataTable } from "../components/data-table.tsx";
import {
  formatDifference,
  formatMetric,
  formatNumber,
  formatPlural,
  isMeasured,
} from "../format.ts";
import type { Measure, TransferComparisonRecord } from "../record.ts";
import type { Section } from "../section.ts";

type TaskRow = TransferComparisonRecord["tasks"][number];

const titles = { scratch: "from scratch", transfer: "transfer" } as const;
const arms = ["scratch", "transfer"] as const;
const looks = { helps: "above", "no difference": "unclear", hurts: "below" } as const;
const signs = { helps: "▲", "no difference": "≈", hurts: "▼" } as const;

/** Whether starting from the trained model was better than starting from scratch: words, scores, learning curves. */
export const transferComparison: Section = {
  name: "transfer-comparison",
  title: "Transfer or from scratch",
  when: (record) => record.transfer?.comparison !== undefined,
  render(record) {
    const found = record.transfer?.comparison as TransferComparisonRecord;
    const { words, folds, seeds, epochs, rows, tasks, notes, failures, seconds } = found;
    const [headline, ...rest] = words;
    return (
      <>
        <p class="headline">{headline}</p>
        {rest.map((sentence) => (
          <p key={sentence}>{sentence}</p>
        ))}
        <DataTable columns={columns} rows={tasks} />
        <p class="note">
          {`Mean over ${formatPlural(folds, "fold")} × ${formatPlural(seeds, "seed")}: about ${Math.round(rows.train)} rows to train on, ${Math.round(rows.validation)} that choose the epoch, ${Math.round(rows.heldOut)} that neither model saw. `}
          {`Both have the same options, the same ${formatPlural(epochs, "epoch")} and steps, and were fitted to the same rows with the same seeds; one differs from the other only in where it starts and in what the plan below freezes. `}
          {`A fit took ${formatNumber(seconds.scratch ?? Number.NaN, 2)} s from scratch and ${formatNumber(seconds.transfer ?? Number.NaN, 2)} s from the trained model, whose own training is not counted. `}
          {
            "The verdict is that of a corrected resampled t-test, adjusted over tasks after Holm, below 0.05."
          }
        </p>
        <div class="charts">
          {tasks.map((task) => (
            <ScorePlot key={task.name} task={task} />
          ))}
        </div>
        {tasks.map((task) => (
          <TaskCharts key={task.name} task={task} />
        ))}
        {(notes.length > 0 || failures.length > 0) && (
          <ul class="warnings">
            {failures.map(({ where, message }) => (
              <li key={where + message} class="warning">
                <b>{where}</b>
                <span>{message}</span>
              </li>
            ))}
            {notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        )}
      </>
    );
  },
};

function ScorePlot({ task }: { task: TaskRow }) {
  return (
    <DotPlot
      title={task.name}
      note={`${task.metric} on held-out rows, ${task.better} is better; 95 % intervals`}
      dots={arms.map((arm, look) => {
        const score = task.scores.find((s) => s.regime === arm);
        return {
          label: titles[arm],
          value: score?.mean ?? null,
          interval: score && ([score.low, score.high] as const),
          look,
        };
      })}
    />
  );
}

function TaskCharts({ task }: { task: TaskRow }) {
  const line = (of: "trainLoss" | "validation") =>
    arms.map((arm, look) => ({
      name: titles[arm],
      look,
      points: task.curves[arm].map((p) => [p.epoch, p[of]] as const),
    }));
  const measured = (lines: ReturnType<typeof line>) =>
    lines.some((l) => l.points.length > 1 && l.points.some(([, y]) => isMeasured(y)));
  const [validation, losses] = [line("validation"), line("trainLoss")];
  if (!measured(validation) && !measured(losses)) return null;
  const shared = { xTitle: "epoch", xIntegers: true, readout: true } as const;
  return (
    <div class="pair">
      <h3>
        <bdi>{task.name}</bdi>
      </h3>
      <div class="charts">
        {measured(validation) && (
          <LineChart
            title="Validation rows"
            note={`${task.metric}, ${task.better} is better; mean over fits`}
            series={validation}
            {...shared}
          />
        )}
        {measured(losses) && (
          <LineChart title="Training loss" note="mean over fits" series={losses} {...shared} />
        )}
      </div>
    </div>
  );
}

const scoreOf = (task: TaskRow, arm: string): Measure | undefined =>
  task.scores.find((s) => s.regime === arm)?.mean;

const columns: readonly Column<TaskRow>[] = [
  { title: "task", cell: (t) => <bdi>{t.name}</bdi>, key: (t) => t.name },
  { title: "metric", cell: (t) => `${t.metric} ${t.better === "higher" ? "↑" : "↓"}` },
  ...arms.map(
    (arm): Column<TaskRow> => ({
      title: titles[arm],
      numeric: true,
      cell: (t) => formatMetric(scoreOf(t, arm)),
      key: (t) => scoreOf(t, arm),
    }),
  ),
  {
    title: "better by",
    numeric: true,
    hint: "mean paired difference with its 95 % interval, above 0 where transfer is better",
    cell: ({ against: a }) =>
      `${formatDifference(a.mean)} (${formatDifference(a.low)} to ${formatDifference(a.high)})`,
  },
  {
    title: "verdict",
    hint: "on starting from the trained model",
    cell: ({ against: { verdict } }) => (
      <span class={`verdict ${looks[verdict]}`}>
        <i aria-hidden="true">{signs[verdict]}</i> {verdict}
      </span>
    ),
  },
  {
    title: "p",
    numeric: true,
    hint: "corrected resampled t-test, adjusted over tasks",
    cell: ({ against: { adjusted: p } }) =>
      isMeasured(p) ? (p < 0.001 ? "<0.001" : formatNumber(p, 2)) : "–",
  },
];
