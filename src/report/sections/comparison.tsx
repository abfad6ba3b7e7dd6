import type { ComponentChildren } from "preact";
import { DotPlot } from "../charts/dot-plot.tsx";
import { type Column, DataTable } from "../components/data-table.tsx";
import {
  formatDifference,
  formatGain,
  formatMetric,
  formatNumber,
  formatPlural,
  isMeasured,
} from "../format.ts";
import type { ComparedTaskRecord, ComparisonRecord, Measure } from "../record.ts";
import type { Section } from "../section.ts";
import { ManyTasks, mostListed } from "./comparison-many.tsx";

const looks = { helps: "above", "no difference": "unclear", hurts: "below" } as const;
const signs = { helps: "▲", "no difference": "≈", hurts: "▼" } as const;

/** Failures that are told one by one. */
const mostFailures = 12;

type Verdict = keyof typeof looks;

/** Should these tasks be learned together: what to do, a verdict a task, and the scores behind it. */
export const comparison: Section = {
  name: "together",
  title: "Together or apart",
  when: (record) => record.comparison !== undefined,
  render(record) {
    const found = record.comparison as ComparisonRecord;
    const { tasks, regimes, advice, notes, failures, folds, seeds } = found;
    const [headline, ...rest] = advice;
    const many = tasks.length > mostListed;
    return (
      <>
        <p class="headline">{headline}</p>
        {rest.map((sentence) => (
          <p key={sentence}>{sentence}</p>
        ))}
        {many && <ManyTasks found={found} />}
        <DataTable
          caption={many ? `All ${tasks.length} tasks; a column's title sorts by it` : undefined}
          tall={many}
          columns={columnsOf(found)}
          rows={tasks}
          total={tasks.length > 1 ? overTasks(found) : undefined}
        />
        <p class="note">
          {`▲ helps, ≈ makes no difference, ▼ hurts, against ${regimes[0].title}; verdict and p are those of ${titleOf(found, "multiTask")}. `}
          {`Scores are means over ${formatPlural(folds, "fold")} × ${formatPlural(seeds, "seed")} on rows that the models did not see, Δm is the mean relative improvement over the tasks. `}
          {
            "Tested by corrected resampled t-tests on the same folds and seeds; p of tasks is adjusted after Holm, and counts below 0.05. "
          }
          {found.tuning === undefined
            ? "Every regime has the same options, epochs and steps; none was tuned on its own."
            : `Every model of every regime chose among the same ${found.tuning.trials} points, the configuration as it is among them, by validation rows of its own fold; held-out rows chose nothing.`}
        </p>
        <div class="charts">
          {(many ? [] : tasks).map((task) => (
            <DotPlot
              key={task.name}
              title={task.name}
              note={`${task.metric}, ${task.better} is better; 95 % intervals`}
              dots={regimes.map((regime, k) => {
                const score = task.scores.find((s) => s.regime === regime.name);
                return {
                  label: regime.title,
                  value: score?.mean ?? null,
                  interval: score && [score.low, score.high],
                  look: k,
                  tip: tipOf(task, regime.name, regime.title),
                };
              })}
            />
          ))}
        </div>
        {(notes.length > 0 || failures.length > 0) && (
          <ul class="warnings">
            {failures.slice(0, mostFailures).map(({ where, message }) => (
              <li key={where + message} class="warning">
                <b>{where}</b>
                <span>{message}</span>
              </li>
            ))}
            {failures.length > mostFailures && (
              <li>{`… and ${failures.length - mostFailures} more fits that gave no result.`}</li>
            )}
            {notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        )}
      </>
    );
  },
};

function columnsOf({ regimes }: ComparisonRecord): Column<ComparedTaskRecord>[] {
  const score = (task: ComparedTaskRecord, regime: string) =>
    task.scores.find((s) => s.regime === regime);
  return [
    { title: "task", cell: (t) => <bdi>{t.name}</bdi>, key: (t) => t.name },
    { title: "metric", cell: (t) => `${t.metric}\u00a0${t.better === "higher" ? "↑" : "↓"}` },
    ...regimes.map(
      (regime): Column<ComparedTaskRecord> => ({
        title: regime.title,
        numeric: true,
        hint: regime.summary,
        cell: (t) => {
          const verdict = t.against.find((a) => a.regime === regime.name)?.verdict;
          return (
            <>
              {formatMetric(score(t, regime.name)?.mean)}
              <Sign verdict={verdict} />
            </>
          );
        },
        key: (t) => score(t, regime.name)?.mean,
      }),
    ),
    {
      title: "verdict",
      hint: "learning all tasks together, beside learning each by itself",
      cell: (t) => {
        const found = t.against.find((a) => a.regime === "multiTask");
        return <Words verdict={isMeasured(found?.adjusted) ? found?.verdict : undefined} />;
      },
    },
    {
      title: "p",
      numeric: true,
      hint: "corrected resampled t-test, adjusted over tasks",
      cell: (t) => pValue(t.against.find((a) => a.regime === "multiTask")?.adjusted),
    },
  ];
}

/** The closing row: what all tasks show at once. */
function overTasks({ regimes }: ComparisonRecord): ComponentChildren[] {
  const whole = regimes.find((r) => r.name === "multiTask")?.overall;
  return [
    "all tasks",
    "Δm ↑",
    ...regimes.map(({ deltaM, overall }) =>
      isMeasured(deltaM) ? (
        <>
          <span
            title={
              overall && `95 % interval ${formatGain(overall.low)} to ${formatGain(overall.high)}`
            }
          >
            {formatGain(deltaM)}
          </span>
          <Sign verdict={overall?.verdict} />
        </>
      ) : (
        "–"
      ),
    ),
    whole?.verdict === undefined ? "" : <Words verdict={whole.verdict} />,
    whole === undefined ? "" : pValue(whole.p),
  ];
}

function Sign({ verdict }: { verdict: Verdict | undefined }) {
  if (verdict === undefined) return null;
  return (
    <span class={`verdict ${looks[verdict]}`} title={verdict}>
      {` ${signs[verdict]}`}
    </span>
  );
}

function Words({ verdict }: { verdict: Verdict | undefined }) {
  if (verdict === undefined) return <span class="verdict unmeasured">not measured</span>;
  return (
    <span class={`verdict ${looks[verdict]}`}>
      <i aria-hidden="true">{signs[verdict]}</i> {verdict}
    </span>
  );
}

function titleOf({ regimes }: ComparisonRecord, name: string): string {
  return regimes.find((r) => r.name === name)?.title ?? name;
}

function pValue(p: Measure | undefined): string {
  if (!isMeasured(p)) return "–";
  return p < 0.001 ? "<0.001" : formatNumber(p, 2);
}

function tipOf(task: ComparedTaskRecord, regime: string, title: string): string {
  const score = task.scores.find((s) => s.regime === regime);
  const against = task.against.find((a) => a.regime === regime);
  const lines = [
    `${title}: ${formatMetric(score?.mean)}`,
    `interval ${formatMetric(score?.low)} to ${formatMetric(score?.high)}`,
  ];
  if (against) {
    lines.push(
      `better by ${formatDifference(against.mean)} (${formatDifference(against.low)} to ${formatDifference(against.high)})`,
      `p ${pValue(against.p)}, adjusted ${pValue(against.adjusted)}, Wilcoxon ${pValue(against.wilcoxon)}`,
    );
  }
  return lines.join("\n");
}
