import { type Column, DataTable } from "../components/data-table.tsx";
import { formatNumber } from "../format.ts";
import type { ComparisonRecord } from "../record.ts";
import type { Section } from "../section.ts";

type Tuned = NonNullable<ComparisonRecord["tuning"]>;
type Model = Tuned["models"][number];

/** The budget of tuning that every model had alike, and what each made of it. */
export const comparisonTuning: Section = {
  name: "budget",
  title: "What each model was tuned to",
  when: (record) => record.comparison?.tuning !== undefined,
  render(record) {
    const { trials, parameters, models } = (record.comparison as ComparisonRecord).tuning as Tuned;
    return (
      <>
        <p>
          {`Every model of every regime was fitted ${trials} times in every fold: with the configuration as it is, and with ${trials - 1} points drawn at random from `}
          {parameters.map(({ path, range }, k) => (
            <span key={path}>
              {k > 0 && "; "}
              <code>{path}</code>
              {` ${range}`}
            </span>
          ))}
          {
            ". The points are the same for all. The one that did best on the fold's validation rows was scored on its held-out rows."
          }
        </p>
        <DataTable rows={models} columns={columnsOf(parameters)} tall={models.length > 24} />
        <p class="note">
          Chosen values over folds: numbers by median and range, others by how often. Costs are
          those of the chosen fits; the budget took so many times as much.
        </p>
      </>
    );
  },
};

function columnsOf(parameters: Tuned["parameters"]): Column<Model>[] {
  return [
    { title: "regime", cell: (m) => m.regime },
    { title: "model of", wide: true, cell: (m) => <bdi>{m.tasks.join(" + ")}</bdi> },
    {
      title: "as it is",
      numeric: true,
      hint: "folds in which the configuration as it is was best",
      cell: (m) => `${m.asItIs} of ${m.folds}`,
      key: (m) => m.asItIs / m.folds,
    },
    ...parameters.map(
      ({ path, own }, k): Column<Model> => ({
        title: path.split(".").slice(-2).join("."),
        hint: `${path}, ${own} in the configuration`,
        numeric: true,
        cell: (m) => summary(m.values[k]),
      }),
    ),
  ];
}

function summary(values: readonly string[]): string {
  const numbers = values.map(Number);
  if (values.every((v) => v.trim() !== "") && numbers.every((n) => Number.isFinite(n))) {
    const sorted = [...numbers].sort((a, b) => a - b);
    const middle = sorted.length / 2;
    const median = (sorted[Math.ceil(middle) - 1] + sorted[Math.floor(middle)]) / 2;
    const [low, high] = [sorted[0], sorted[sorted.length - 1]];
    return low === high
      ? formatNumber(low, 2)
      : `${formatNumber(median, 2)} (${formatNumber(low, 2)} to ${formatNumber(high, 2)})`;
  }
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([value, count]) => (counts.size === 1 ? value : `${value} ${count}×`))
    .join(", ");
}
