import type { ComponentChildren } from "preact";
import { HeatMap } from "../charts/heat-map.tsx";
import { LineChart } from "../charts/line-chart.tsx";
import { formatNumber, formatPercent, isMeasured } from "../format.ts";
import type { ComparisonRecord, GradientRecord, Measure } from "../record.ts";
import type { Section } from "../section.ts";

/** Matrices of more tasks are wider than a third of the page. */
const mostBeside = 5;

/** How tasks pull at the weights they share, and the groups that this proposes. */
export const taskAffinity: Section = {
  name: "affinity",
  title: "Which tasks pull together",
  when: (record) => record.comparison?.gradients !== undefined,
  render(record) {
    const { gradients, groups, regimes } = record.comparison as ComparisonRecord;
    const { tasks, course } = gradients as GradientRecord;
    const { cosine, conflicts, help, affinity } = gradients as GradientRecord;
    const name = (i: number, j: number) => `${tasks[i]} → ${tasks[j]}`;
    return (
      <>
        {groups !== undefined && (
          <p>
            {"Proposed groups: "}
            {groups.map((group, k) => (
              <>
                {k > 0 && "; "}
                <b key={group.join()}>{group.join(" + ")}</b>
              </>
            ))}
            {groups.length === 1
              ? ": the gradients give no reason to separate tasks."
              : regimes.some((r) => r.name === "grouped")
                ? ". Models of these groups were trained too: the scores above say whether they hold."
                : ". No models of these groups were trained: whether they hold is open."}
          </p>
        )}
        <Pictures small={tasks.length <= mostBeside}>
          <HeatMap
            title="Direction of gradients"
            note="mean cosine between two tasks' gradients of the shared weights: 1 agree, −1 undo each other"
            rows={tasks}
            columns={tasks}
            strength={(i, j) => (i === j ? null : cosine[i][j])}
            text={(i, j) => hundredths(cosine[i][j])}
            tip={(i, j) =>
              `${tasks[i]} and ${tasks[j]}\ncosine ${formatNumber(cosine[i][j], 2)}\nin conflict in ${formatPercent(conflicts[i][j])} of batches`
            }
            diagonal
          />
          <HeatMap
            title="Help from one task to another"
            note="what a step along the row's gradient does to the loss of the column, as a share of the column's own step"
            rows={tasks}
            columns={tasks}
            rowTitle="step of"
            columnTitle="loss of"
            strength={(i, j) => (i === j ? null : bounded(help[i][j]))}
            text={(i, j) => hundredths(help[i][j])}
            tip={(i, j) =>
              `${name(i, j)}\n${formatPercentOf(help[i][j])} of its own step\nloss falls by ${formatPercentOf(affinity[i][j])}`
            }
            diagonal
          />
          {course.length > 1 && (
            <LineChart
              title="Over training"
              note="mean over pairs of tasks"
              xTitle="epoch"
              xIntegers
              reach={[0]}
              series={[
                { name: "cosine", points: course.map((c) => [c.epoch, c.cosine]) },
                {
                  name: "share of batches in conflict",
                  points: course.map((c) => [c.epoch, c.conflicts]),
                },
              ]}
            />
          )}
        </Pictures>
        <p class="note">
          Measured on batches of training rows with the weights of some epochs, without dropout,
          while the multi-task models trained. Towards the end a model that knows its training rows
          by heart leaves little but noise to compare.
        </p>
      </>
    );
  },
};

/** Small pictures stand side by side; large ones below each other, at their full width. */
function Pictures({ small, children }: { small: boolean; children: ComponentChildren }) {
  return small ? <div class="charts">{children}</div> : <div>{children}</div>;
}

/** A number as short as its cell. */
function hundredths(value: Measure): string {
  return isMeasured(value) ? (Math.round(value * 100) / 100).toString().replace("-", "−") : "";
}

function bounded(value: Measure): number | null {
  return isMeasured(value) ? Math.max(-1, Math.min(1, value)) : null;
}

function formatPercentOf(value: Measure): string {
  return isMeasured(value) ? `${formatNumber(value * 100, 2)} %` : "–";
}
