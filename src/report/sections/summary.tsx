import { GainBar } from "../charts/gain-bar.tsx";
import { formatCount, formatMetric, formatPercent, isMeasured } from "../format.ts";
import type { MetricRow, RunRecord, TaskRecord } from "../record.ts";
import {
  gainInterval,
  gainOf,
  headlineOf,
  metricTitle,
  partNames,
  primaryRow,
  type Verdict,
  verdictOf,
} from "../results.ts";
import type { Section } from "../section.ts";

const verdicts: Readonly<Record<Verdict, { readonly sign: string; readonly text: string }>> = {
  above: { sign: "▲", text: "better than baseline" },
  unclear: { sign: "≈", text: "no clear difference" },
  below: { sign: "▼", text: "worse than baseline" },
  unmeasured: { sign: "–", text: "not measured" },
};

/** Did it learn, on which tasks, how far above the baseline: one row a task. */
export const summary: Section = {
  name: "summary",
  title: "Summary",
  when: (record) => record.tasks.length > 0,
  render(record) {
    const rows = record.tasks.map((task) => ({ task, row: primaryRow(task) }));
    const gains = rows.flatMap(({ row }) => (row ? (gainOf(row) ?? []) : []));
    const from = gains.some((gain) => gain < 0) ? -0.5 : 0;
    return (
      <>
        <p class="headline">{headlineOf(record)}</p>
        <div class="scores">
          <div class="score head" aria-hidden="true">
            <span>task</span>
            <span>primary metric</span>
            <span class="num">model</span>
            <span class="num">baseline</span>
            <span class="scale">
              <span>{from < 0 ? "worse · baseline" : "baseline"}</span>
              <span>perfect</span>
            </span>
            <span>verdict</span>
          </div>
          {rows.map(({ task, row }, k) => (
            <Score key={task.name} task={task} row={row} from={from} index={k + 1} />
          ))}
        </div>
        <p class="note">{explanation(record, rows)}</p>
      </>
    );
  },
};

function Score(props: {
  task: TaskRecord;
  row: MetricRow | undefined;
  from: number;
  index: number;
}) {
  const { task, row } = props;
  const verdict = verdictOf(row);
  const gain = row && gainOf(row);
  const detailed = (task.details?.length ?? 0) > 0;
  return (
    <div class="score">
      <span class="task" title={task.name}>
        {detailed ? (
          <a href={`#task-${props.index}`}>
            <bdi>{task.name}</bdi>
          </a>
        ) : (
          <bdi>{task.name}</bdi>
        )}
        <small>
          {task.kind}
          {task.classes !== undefined &&
            task.classes.length > 2 &&
            ` · ${task.classes.length} classes`}
        </small>
      </span>
      <span class="metric">
        <span>
          {row ? metricTitle(row) : task.primary}
          {row && <Arrow better={row.better} />}
        </span>
        {row && isMeasured(row.model) && (
          <small>{`${formatCount(row.rows)} ${partNames[row.part]} rows`}</small>
        )}
      </span>
      <span class="num value" data-label="model">
        {formatMetric(row?.model)}
        {row?.unit !== undefined && isMeasured(row.model) && <small>{row.unit}</small>}
      </span>
      <span class="num" data-label="baseline" title={task.baseline}>
        {formatMetric(row?.baseline)}
      </span>
      <span class="bar">
        {row !== undefined && gain !== undefined ? (
          <>
            <GainBar
              gain={gain}
              interval={gainInterval(row)}
              from={props.from}
              label={`${formatPercent(gain)} of the way from the baseline to a perfect model`}
            />
            <b class="num">{signedPercent(gain)}</b>
          </>
        ) : (
          row !== undefined &&
          isMeasured(row.model) && <span class="note">no scale for this metric</span>
        )}
      </span>
      <span class={`verdict ${verdict}`}>
        <i aria-hidden="true">{verdicts[verdict].sign}</i> {verdicts[verdict].text}
      </span>
    </div>
  );
}

function Arrow(props: { better: "higher" | "lower" }) {
  const higher = props.better === "higher";
  return (
    <span class="arrow" title={higher ? "higher is better" : "lower is better"}>
      {higher ? " ↑" : " ↓"}
    </span>
  );
}

function signedPercent(gain: number): string {
  return gain < -1 ? "<−100 %" : `${Math.round(gain * 100)} %`.replace("-", "−");
}

function explanation(
  record: RunRecord,
  rows: readonly { task: TaskRecord; row: MetricRow | undefined }[],
): string {
  const sentences = [
    "The bar shows how far the model went from the baseline (left mark) to a perfect model (right end).",
  ];
  const intervals = rows.filter(({ row }) => row && gainInterval(row)).length;
  if (intervals > 0) {
    sentences.push(
      "The whisker is the 95 % interval; a task counts as better only if the baseline lies outside of it.",
    );
  }
  if (intervals < rows.length) {
    const which =
      intervals === 0 ? "No interval was" : "For tasks without a whisker no interval was";
    sentences.push(`${which} computed: any difference to the baseline counts.`);
  }
  const onValidation = rows.some(({ row }) => row?.part === "validation" && isMeasured(row.model));
  if (onValidation && record.history?.selected !== undefined) {
    sentences.push(
      "Validation rows also chose the epoch that was kept, so their values are slightly optimistic.",
    );
  }
  return sentences.join(" ");
}
