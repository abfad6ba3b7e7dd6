import { ColumnChart } from "../charts/column-chart.tsx";
import { type Column, DataTable } from "../components/data-table.tsx";
import { formatCount, formatMetric, formatNumber, formatPlural, isMeasured } from "../format.ts";
import type { ComparedTaskRecord, ComparisonRecord } from "../record.ts";

/** More tasks than this are summed up: their verdicts counted, and the ends of their order shown. */
export const mostListed = 24;
/** Tasks shown at either end. */
const atEnds = 10;

type Regime = ComparisonRecord["regimes"][number];

interface Gain {
  readonly task: ComparedTaskRecord;
  /** Relative improvement over the first regime, above 0 where better. */
  readonly share: number;
}

/** Many tasks at once: how verdicts and gains are spread, and which tasks stand at the ends. */
export function ManyTasks({ found }: { found: ComparisonRecord }) {
  const [first, ...others] = found.regimes;
  const shown = others.find((r) => r.name === "multiTask") ?? others[0];
  const gains = gainsOf(found, first, shown);
  const shares = gains.map((g) => g.share);
  const { edges, counts } = histogram(shares);
  const ends = Math.min(atEnds, Math.floor(gains.length / 2));
  const score = `${first.title} → ${shown.title}`;
  return (
    <>
      <DataTable
        caption={`${formatCount(found.tasks.length)} tasks against ${first.title.toLowerCase()} models`}
        rows={others}
        columns={regimeColumns(found, first)}
      />
      <div class="charts">
        {counts.length > 0 && (
          <ColumnChart
            title={`Gains of ${shown.title.toLowerCase()} models`}
            note={`relative to ${first.title.toLowerCase()} ones, above 0 is better`}
            edges={edges.map((e) => e * 100)}
            counts={counts}
            xTitle="%"
            yTitle="tasks"
            zero={0}
            tip={(k) =>
              `${formatPlural(counts[k], "task")} from ${signed(edges[k])} to ${signed(edges[k + 1])}`
            }
          />
        )}
      </div>
      <div class="charts">
        {[
          { caption: `The ${ends} that gain most`, rows: gains.slice(0, ends) },
          { caption: `The ${ends} that gain least`, rows: gains.slice(-ends).reverse() },
        ].map(({ caption, rows }) => (
          <DataTable
            key={caption}
            caption={caption}
            rows={rows}
            columns={gainColumns(first, shown, score)}
          />
        ))}
      </div>
    </>
  );
}

function regimeColumns(found: ComparisonRecord, first: Regime): Column<Regime>[] {
  const count = (regime: Regime, verdict: string) =>
    found.tasks.filter((t) => t.against.find((a) => a.regime === regime.name)?.verdict === verdict)
      .length;
  const counted = (title: string, verdict: string): Column<Regime> => ({
    title,
    numeric: true,
    hint: "tasks whose own test is sure, adjusted over all tasks",
    cell: (r) => formatCount(count(r, verdict)),
    key: (r) => count(r, verdict),
  });
  return [
    { title: "regime", hint: "pointed at, what it is", cell: (r) => r.title },
    counted("▲ helps", "helps"),
    counted("≈", "no difference"),
    counted("▼ hurts", "hurts"),
    {
      title: "better on",
      numeric: true,
      hint: "tasks whose mean score is better, sure or not",
      cell: (r) => {
        const gains = gainsOf(found, first, r);
        return `${gains.filter((g) => g.share > 0).length} of ${gains.length}`;
      },
    },
    {
      title: "median",
      numeric: true,
      hint: "median relative improvement",
      cell: (r) => signed(median(gainsOf(found, first, r).map((g) => g.share))),
    },
    {
      title: "all at once",
      numeric: true,
      hint: "mean relative improvement with its 95 % interval, and the corrected resampled t-test of it",
      cell: ({ overall }) =>
        overall === undefined
          ? "–"
          : `${signed(overall.mean)} (${signed(overall.low)} to ${signed(overall.high)}), p ${formatNumber(overall.p, 2)}`,
    },
  ];
}

function gainColumns(first: Regime, shown: Regime, score: string): Column<Gain>[] {
  const mean = (task: ComparedTaskRecord, regime: Regime) =>
    formatMetric(task.scores.find((s) => s.regime === regime.name)?.mean);
  return [
    { title: "task", cell: ({ task }) => <bdi>{task.name}</bdi>, key: ({ task }) => task.name },
    { title: "metric", cell: ({ task: t }) => `${t.metric} ${t.better === "higher" ? "↑" : "↓"}` },
    {
      title: score,
      numeric: true,
      cell: ({ task }) => `${mean(task, first)} → ${mean(task, shown)}`,
    },
    { title: "gain", numeric: true, cell: ({ share }) => signed(share), key: ({ share }) => share },
  ];
}

/** Relative gains of a regime, largest first; tasks without both scores are left out. */
function gainsOf(found: ComparisonRecord, first: Regime, regime: Regime): Gain[] {
  return found.tasks
    .flatMap((task): Gain[] => {
      const [base, value] = [first, regime].map(
        ({ name }) => task.scores.find((s) => s.regime === name)?.mean,
      );
      if (!isMeasured(base) || !isMeasured(value) || base === 0) return [];
      const sign = task.better === "higher" ? 1 : -1;
      return [{ task, share: (sign * (value - base)) / Math.abs(base) }];
    })
    .sort((a, b) => b.share - a.share);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1] + sorted[Math.floor(middle)]) / 2;
}

/** Counts between equal steps, one edge at 0. */
function histogram(shares: readonly number[]): { edges: number[]; counts: number[] } {
  const [low, high] = [Math.min(0, ...shares), Math.max(0, ...shares)];
  if (shares.length < 2 || low === high) return { edges: [], counts: [] };
  const step = (high - low) / 14;
  const [from, to] = [Math.floor(low / step), Math.ceil(high / step)];
  const edges = Array.from({ length: to - from + 1 }, (_, i) => (from + i) * step);
  const counts = new Array<number>(to - from).fill(0);
  for (const share of shares)
    counts[Math.max(0, Math.min(counts.length - 1, Math.floor(share / step) - from))]++;
  return { edges, counts };
}

function signed(share: number | null | undefined): string {
  if (!isMeasured(share)) return "–";
  return `${share > 0 ? "+" : ""}${formatNumber(share * 100, 2)}\u00a0%`;
}
