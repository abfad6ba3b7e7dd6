import { HeatMap } from "../charts/heat-map.tsx";
import { LineChart } from "../charts/line-chart.tsx";
import { DataTable } from "../components/data-table.tsx";
import { Tabs } from "../components/tabs.tsx";
import { formatCount, formatMetric, formatNumber, isMeasured } from "../format.ts";
import type { Measure, ScoresRecord, WorthRecord } from "../record.ts";
import type { Section } from "../section.ts";

/** What the inputs are worth: scores on subsets of them, their shares of the score, and broken ones. */
export const inputWorth: Section = {
  name: "worth",
  title: "What each input is worth",
  when: (record) => record.worth !== undefined,
  render(record) {
    const worth = record.worth as WorthRecord;
    const { players, tasks, shapley } = worth;
    return (
      <>
        <p>{inWords(worth)}</p>
        <HeatMap
          title="What an input adds to the score of a task"
          note={`${worth.exact ? "Shapley values" : "Shapley values, estimated from some orders of the inputs"}: the mean, over all orders in which the inputs could come, of what the metric gains when the input comes; more is better`}
          rows={players}
          columns={tasks.map((t) => t.name)}
          cell={54}
          strength={(i, j) => shareOf(shapley[tasks[j].name], players, players[i])}
          text={(i, j) => signed(shapley[tasks[j].name][players[i]])}
          tip={(i, j) =>
            `${players[i]} for ${tasks[j].name}\n${signed(shapley[tasks[j].name][players[i]])} of ${tasks[j].metric}`
          }
        />
        <DataTable
          caption={`Scores with some inputs there and the others missing (${formatCount(worth.rows)} ${worth.part} rows)`}
          tall={worth.subsets.length > 16}
          rows={worth.subsets}
          strong={(row) => row.inputs.length === players.length}
          columns={[
            {
              title: "inputs there",
              wide: true,
              cell: ({ inputs }) =>
                inputs.length === players.length
                  ? "all"
                  : inputs.length === 0
                    ? "none"
                    : inputs.length === players.length - 1 && players.length > 2
                      ? `all but ${players.find((p) => !inputs.includes(p))}`
                      : inputs.join(", "),
            },
            ...tasks.map((task) => ({
              title: `${task.name} (${task.metric})`,
              hint: `${task.metric}, ${task.better} is better`,
              numeric: true,
              cell: ({ scores }: { readonly scores: ScoresRecord }) =>
                formatMetric(scores[task.name]),
              key: ({ scores }: { readonly scores: ScoresRecord }) => scores[task.name],
            })),
          ]}
        />
        <h3>When an input breaks</h3>
        <Tabs
          label="task"
          name="broken"
          panels={tasks.map((task) => ({
            title: task.name,
            note: `${task.metric}, ${task.better} is better`,
            body: (
              <div class="charts">
                {(["missing", "swapped"] as const).map((how) => (
                  <LineChart
                    key={how}
                    title={how === "missing" ? "Missing cells" : "Cells of other rows"}
                    note={
                      how === "missing"
                        ? "one input at a time is missing in a share of the rows"
                        : "one input at a time has the cell of another row: noise that looks real"
                    }
                    xTitle="share of rows"
                    yTitle={task.metric}
                    xDomain={[0, 1]}
                    series={worth.broken
                      .filter((curve) => curve.how === how)
                      .slice(0, 8)
                      .map((curve) => ({
                        name: curve.input,
                        look: players.indexOf(curve.input),
                        points: curve.points.map(
                          ({ share, scores }) => [share, scores[task.name]] as const,
                        ),
                      }))}
                  />
                ))}
              </div>
            ),
          }))}
        />
        <p class="note">
          The model that was trained is asked about rows with some inputs missing; nothing is
          learned anew. A model trained for fewer inputs can be better with them:{" "}
          <code>modalityDropout</code>
          in training brings this one nearer to it.
        </p>
      </>
    );
  },
};

function signed(value: Measure | undefined): string {
  if (!isMeasured(value)) return "–";
  return value > 0 ? `+${formatNumber(value, 2)}` : formatNumber(value, 2);
}

/** A player's value over the sum of all sizes of the task. */
function shareOf(of: ScoresRecord, players: readonly string[], player: string): number | null {
  const sum = players.reduce((total, p) => total + Math.abs(of[p] ?? 0), 0);
  const own = of[player];
  return isMeasured(own) && sum > 0 ? own / sum : null;
}

/** The largest contributor of each task, in a sentence. */
function inWords({ players, tasks, shapley }: WorthRecord): string {
  const best = tasks.flatMap(({ name }) => {
    const known = players.filter((p) => isMeasured(shapley[name][p]));
    if (known.length === 0) return [];
    const value = (p: string) => shapley[name][p] as number;
    const first = known.reduce((a, b) => (value(b) > value(a) ? b : a));
    return value(first) > 0 ? [{ task: name, input: first }] : [];
  });
  const inputs = [...new Set(best.map((b) => b.input))];
  const sentences = inputs.map((input) => {
    const of = best.filter((b) => b.input === input).map((b) => b.task);
    const all = of.length === tasks.length && tasks.length > 1;
    return `${input} adds most to ${all ? "every task" : of.join(", ")}`;
  });
  return sentences.length === 0 ? "No input adds to a score." : `${sentences.join("; ")}.`;
}
