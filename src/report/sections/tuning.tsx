import { DotPlot } from "../charts/dot-plot.tsx";
import { LineChart } from "../charts/line-chart.tsx";
import { type Column, DataTable } from "../components/data-table.tsx";
import { formatNumber, isMeasured } from "../format.ts";
import type { Measure, TunedPointRecord, TuningRecord } from "../record.ts";
import type { Section } from "../section.ts";

/** More points than this are shown in the table only. */
const mostDrawn = 24;

/** What was tried, how much better it was on held-out rows, and what was chosen. */
export const tuning: Section = {
  name: "tuning",
  title: "What was tried",
  when: (record) => record.tuning !== undefined,
  render(record) {
    const found = record.tuning as TuningRecord;
    const [headline, ...rest] = found.words;
    return (
      <>
        <p class="headline">{headline}</p>
        {rest.map((sentence) => (
          <p key={sentence}>{sentence}</p>
        ))}
        <div class="charts">
          <Curve found={found} />
        </div>
        <DataTable
          tall={found.points.length > 20}
          columns={columnsOf(found)}
          rows={found.points}
          strong={(point) => found.points.indexOf(point) === found.chosen}
        />
        <p class="note">
          {`Mean over tasks of the relative improvement over ${found.of === "weights" ? "equal weights" : "the configuration as it was"}, on rows that the models did not see; `}
          {`± one standard error over ${found.folds} folds × ${found.seeds} seeds. What wins a search looks better than it is: judge it on test rows, which chose nothing.`}
        </p>
      </>
    );
  },
};

/** Weights of two tasks make a curve; anything else is a list of points. */
function Curve({ found }: { found: TuningRecord }) {
  const { points, parameters, of, chosen } = found;
  if (of === "weights" && parameters.length === 2) {
    const sorted = [...points].sort((a, b) => Number(a.values[0]) - Number(b.values[0]));
    const line = (value: (p: TunedPointRecord) => Measure) =>
      sorted.map((p) => [Number(p.values[0]), value(p)] as const);
    const edge = (sign: number) => (p: TunedPointRecord) =>
      isMeasured(p.mean) && isMeasured(p.error) ? 100 * (p.mean + sign * p.error) : null;
    return (
      <LineChart
        title="Improvement by weight"
        note={`weight of ${parameters[0]}; ${parameters[1]} has the rest`}
        xTitle={`λ of ${parameters[0]}`}
        yTitle="%"
        reach={[0]}
        mark={
          chosen === undefined
            ? undefined
            : { x: Number(points[chosen].values[0]), label: "chosen" }
        }
        series={[
          {
            name: "improvement",
            points: line((p) => (isMeasured(p.mean) ? 100 * p.mean : null)),
            look: 0,
          },
          { name: "one standard error more", points: line(edge(1)), look: 7 },
          { name: "one standard error less", points: line(edge(-1)), look: 7 },
        ]}
      />
    );
  }
  const drawn = points.filter((p) => isMeasured(p.mean)).slice(0, mostDrawn);
  return (
    <DotPlot
      title="Improvement, %"
      note="± one standard error"
      dots={drawn.map((p) => ({
        label: p.values.map((v) => (typeof v === "number" ? formatNumber(v, 2) : v)).join(", "),
        value: (p.mean as number) * 100,
        interval: isMeasured(p.error)
          ? [100 * ((p.mean as number) - p.error), 100 * ((p.mean as number) + p.error)]
          : undefined,
        look: points.indexOf(p) === chosen ? 1 : 0,
      }))}
    />
  );
}

function columnsOf(found: TuningRecord): Column<TunedPointRecord>[] {
  return [
    ...found.parameters.map(
      (name, k): Column<TunedPointRecord> => ({
        title: name,
        numeric: true,
        cell: ({ values }) =>
          typeof values[k] === "number" ? formatNumber(values[k] as number, 3) : values[k],
        key: ({ values }) => values[k],
      }),
    ),
    {
      title: "improvement",
      numeric: true,
      cell: (p) => p.failure ?? percent(p.mean),
      key: (p) => p.mean,
    },
    { title: "±", numeric: true, cell: (p) => percent(p.error) },
    ...(found.points.some((p) => p.epochs !== undefined)
      ? [{ title: "epochs", numeric: true, cell: (p: TunedPointRecord) => p.epochs ?? "–" }]
      : []),
    {
      title: "",
      cell: (p) => {
        const at = found.points.indexOf(p);
        return at === found.chosen ? "chosen" : at === found.best ? "best" : "";
      },
    },
  ];
}

function percent(share: Measure): string {
  return isMeasured(share) ? `${formatNumber(share * 100, 2)}\u00a0%` : "–";
}
