import { DrawnCell } from "../components/drawn-cell.tsx";
import { SmallCells } from "../components/found.tsx";
import { Tabs } from "../components/tabs.tsx";
import { formatMetric, formatPercent, isMeasured } from "../format.ts";
import type { PredictedCellsRecord, RunRecord, TaskDetail, TaskRecord } from "../record.ts";
import { detailOf, partNames } from "../results.ts";
import type { Section } from "../section.ts";

type Detailed = NonNullable<TaskDetail["cells"]>;
type Example = PredictedCellsRecord["examples"][number];

const places = { best: "best", middle: "middle", worst: "worst" } as const;

/** What is predicted of the cells of one input from another, beside the cells themselves. */
export const predictedCells: Section = {
  name: "cells",
  title: "One input predicted from another",
  when: (record) => (record.cells?.length ?? 0) > 0,
  render: (record) => (
    <>
      <p>
        Explained is the share of what is lost by predicting the training mean, or the training
        shares of words and classes, that the prediction saves. The rows shown are those for which
        it saves most, those of the middle, and those for which it saves least or does harm. Words
        that the cell has are bold, dashed lines are those of the cell itself.
      </p>
      <Tabs label="Task" name="cells" panels={panelsOf(record)} />
    </>
  ),
};

function panelsOf(record: RunRecord) {
  return (record.cells ?? []).map((one) => {
    const task = record.tasks.find((t) => t.name === one.task);
    const detail = task && detailOf(task)?.cells;
    return {
      title: one.task,
      note: `${one.from} → ${one.to} · ${partNames[one.part]} rows`,
      body: <Panel found={one} detail={detail ?? []} titles={titlesOf(task)} />,
    };
  });
}

/** Headings of a task's metrics by their names. */
function titlesOf(task: TaskRecord | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries((task?.metrics ?? []).map((m) => [m.metric, m.title ?? m.metric]));
}

interface PanelProps {
  readonly found: PredictedCellsRecord;
  readonly detail: Detailed;
  readonly titles: Readonly<Record<string, string>>;
}

function Panel({ found, detail, titles }: PanelProps) {
  return (
    <>
      <div class="predicted-means">
        {found.means.map(({ input, cell }) => {
          const own = detail.find((d) => d.input === input);
          return (
            <figure key={input}>
              <figcaption>{`${input}: what the baseline predicts for every row`}</figcaption>
              <DrawnCell cell={cell} />
              {own && (
                <p class="foot">
                  {Object.entries(own.metrics)
                    .map(
                      ([name, value]) =>
                        `${titles[name] ?? name} ${isMeasured(value) ? formatMetric(value) : "—"}`,
                    )
                    .join(" · ")}
                </p>
              )}
            </figure>
          );
        })}
      </div>
      {found.examples.map((example) => (
        <Row key={example.row} example={example} />
      ))}
    </>
  );
}

function Row({ example }: { example: Example }) {
  const { row, place, explained, given, cells } = example;
  return (
    <article class="predicted">
      <div class="asked">
        <SmallCells cells={given} />
        <small>
          {`row ${row} · ${places[place]} · ${isMeasured(explained) ? `${formatPercent(explained)} explained` : "—"}`}
        </small>
      </div>
      <div>
        {cells.map((cell) => (
          <Pair key={cell.input} cell={cell} />
        ))}
      </div>
    </article>
  );
}

/** A cell, the form in which it is to be predicted where that looks different, and the prediction. */
function Pair({ cell }: { cell: Example["cells"][number] }) {
  const { input, original, target, predicted } = cell;
  // A picture of numbers says more than the numbers.
  const drawn = target?.type === "image" ? target : undefined;
  return (
    <div class="pair">
      <div>
        <h5>{input}</h5>
        {drawn && original.type === "text" ? (
          <DrawnCell cell={drawn} />
        ) : (
          <SmallCells cells={[original]} />
        )}
      </div>
      {drawn && original.type !== "text" && (
        <div>
          <h5>to be predicted</h5>
          <DrawnCell cell={drawn} />
        </div>
      )}
      <div>
        <h5>predicted</h5>
        <DrawnCell cell={predicted} />
      </div>
    </div>
  );
}
