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
import type { Measure, NestedRecord, TunedPointRecord, TuningRecord } from "../record.ts";
import type { Section } from "../section.ts";

/** More points than this are shown in the table only. */
const mostDrawn = 24;
/** More weights than this are summed up in one cell. */
const mostWeights = 8;

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
        {found.nested && <Nested found={found} nested={found.nested} />}
        <p class="note">
          {`${meaning(found)}, on rows that the models did not see; `}
          {`± one standard error over ${formatPlural(found.folds, "fold")} × ${formatPlural(found.seeds, "seed")}. What wins a search looks better than it is: judge it on test rows, which chose nothing.`}
        </p>
      </>
    );
  },
};

/** What an improvement is a measure of. */
function meaning({ of, unit, objective }: TuningRecord): string {
  const over = of === "weights" ? "equal weights" : "the configuration as it was";
  if (unit === "share") return `Mean over tasks of the relative improvement over ${over}`;
  return unit === "ranks"
    ? `Ranks gained over ${over}, among all that had as many epochs, averaged over tasks`
    : `Difference of the primary metric of ${objective} to that of ${over}, above 0 being better`;
}

/** What the whole choice brings on rows that chose nothing. */
function Nested({ found, nested }: { found: TuningRecord; nested: NestedRecord }) {
  const { outer, seeds, mean, low, high, p } = nested;
  const weights = (list: readonly number[]) =>
    found.parameters.length > mostWeights
      ? weightsText(found.parameters, list)
      : found.parameters.map((name, k) => `${name} ${formatNumber(list[k], 2)}`).join(", ");
  const counts = new Map<string, number>();
  for (const list of nested.chosen) counts.set(weights(list), (counts.get(weights(list)) ?? 0) + 1);
  return (
    <>
      <h3>Does choosing weights so pay?</h3>
      <p>
        {`On ${outer} outer folds × ${seeds}, whose held-out rows chose nothing: `}
        <b>{percent(mean)}</b>
        {` over equal weights, 95 % interval ${percent(low)} to ${percent(high)}, p ${pValue(p)}. `}
        {`Chosen there: ${[...counts].map(([text, count]) => `${text} (${count}×)`).join("; ")}.`}
      </p>
      <DataTable
        rows={nested.tasks}
        columns={[
          { title: "task", cell: (t) => <bdi>{t.name}</bdi> },
          { title: "metric", cell: (t) => `${t.metric} ${t.better === "higher" ? "↑" : "↓"}` },
          { title: "equal weights", numeric: true, cell: (t) => formatMetric(t.equal) },
          { title: "chosen weights", numeric: true, cell: (t) => formatMetric(t.chosen) },
          {
            title: "better by",
            numeric: true,
            cell: (t) =>
              `${formatDifference(t.mean)} (${formatDifference(t.low)} to ${formatDifference(t.high)})`,
          },
          { title: "verdict", cell: (t) => t.verdict },
          {
            title: "p",
            numeric: true,
            hint: "corrected resampled t-test over outer folds, adjusted over tasks",
            cell: (t) => pValue(t.adjusted),
          },
        ]}
      />
    </>
  );
}

function pValue(p: Measure): string {
  if (!isMeasured(p)) return "–";
  return p < 0.001 ? "<0.001" : formatNumber(p, 2);
}

/** Weights of two tasks make a curve; anything else is a list of points. */
function Curve({ found }: { found: TuningRecord }) {
  const { points, parameters, of, chosen, unit } = found;
  const scale = unit === "share" ? 100 : 1;
  const axis = unit === "share" ? "%" : unit;
  if (of === "weights" && parameters.length === 2) {
    const sorted = [...points].sort((a, b) => Number(a.values[0]) - Number(b.values[0]));
    const line = (value: (p: TunedPointRecord) => Measure) =>
      sorted.map((p) => [Number(p.values[0]), value(p)] as const);
    return (
      <LineChart
        title="Improvement by weight"
        note={`weight of ${parameters[0]}; ${parameters[1]} has the rest; ± one standard error`}
        xTitle={`λ of ${parameters[0]}`}
        yTitle={axis}
        reach={[0]}
        mark={
          chosen === undefined
            ? undefined
            : { x: Number(points[chosen].values[0]), label: "chosen" }
        }
        band={{
          label: "one standard error more and less",
          points: sorted.flatMap(({ values, mean, error }) =>
            isMeasured(mean) && isMeasured(error)
              ? [[Number(values[0]), scale * (mean - error), scale * (mean + error)] as const]
              : [],
          ),
        }}
        series={[
          {
            name: "improvement",
            points: line((p) => (isMeasured(p.mean) ? scale * p.mean : null)),
            look: 0,
          },
        ]}
      />
    );
  }
  const drawn = points.filter((p) => isMeasured(p.mean)).slice(0, mostDrawn);
  return (
    <DotPlot
      title={`Improvement, ${axis}`}
      note={`± one standard error; 0 is ${of === "weights" ? "equal weights" : "the configuration as it was"}`}
      width={420}
      letters={34}
      reference={0}
      dots={drawn.map((p) => ({
        label:
          of === "weights" && parameters.length > mostWeights
            ? weightsText(parameters, p.values)
            : [...p.values.map((v) => short(v, 2)), ...epochsOf(p)].join(", "),
        value: (p.mean as number) * scale,
        interval: isMeasured(p.error)
          ? [scale * ((p.mean as number) - p.error), scale * ((p.mean as number) + p.error)]
          : undefined,
        look: points.indexOf(p) === chosen ? 1 : 0,
      }))}
    />
  );
}

function columnsOf(found: TuningRecord): Column<TunedPointRecord>[] {
  const amount = (value: Measure) =>
    found.unit === "share" ? percent(value) : isMeasured(value) ? formatNumber(value, 3) : "–";
  const many = found.of === "weights" && found.parameters.length > mostWeights;
  return [
    ...(many ? [weightsColumn(found)] : []),
    ...(many ? [] : found.parameters).map(
      (name, k): Column<TunedPointRecord> => ({
        title: found.of === "values" ? name.split(".").slice(-2).join(".") : name,
        hint: name,
        numeric: true,
        cell: ({ values }) => short(values[k], 3),
        key: ({ values }) => values[k],
      }),
    ),
    {
      title: "improvement",
      numeric: true,
      cell: (p) => p.failure ?? amount(p.mean),
      key: (p) => p.mean,
    },
    { title: "±", numeric: true, cell: (p) => amount(p.error) },
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

/** A value as short as a reader needs it; words as they are. */
function short(value: string | number, digits: number): string {
  const number = typeof value === "string" && value.trim() === "" ? Number.NaN : Number(value);
  return Number.isFinite(number) && !Number.isInteger(number)
    ? formatNumber(number, digits)
    : typeof value === "number"
      ? formatNumber(value, digits)
      : value;
}

/** After how many epochs a point was measured, where a search that halves says so. */
function epochsOf({ epochs }: TunedPointRecord): string[] {
  return epochs === undefined ? [] : [formatPlural(epochs, "epoch")];
}

/** Many weights in one cell: the largest and the smallest. */
function weightsColumn({ parameters }: TuningRecord): Column<TunedPointRecord> {
  return {
    title: "weights, largest and smallest",
    wide: true,
    cell: ({ values }) => weightsText(parameters, values),
  };
}

function weightsText(names: readonly string[], values: readonly (string | number)[]): string {
  const sorted = names
    .map((name, k) => ({ name, weight: Number(values[k]) }))
    .sort((a, b) => b.weight - a.weight);
  const [most, least] = [sorted[0], sorted[sorted.length - 1]];
  if (most.weight - least.weight < 1e-9) return `all ${formatNumber(most.weight, 2)}`;
  const words = ({ name, weight }: typeof most) => `${name} ${formatNumber(weight, 2)}`;
  return `${sorted.slice(0, 3).map(words).join(", ")}, …, ${words(least)}`;
}

function percent(share: Measure): string {
  return isMeasured(share) ? `${formatNumber(share * 100, 2)}\u00a0%` : "–";
}
