import { FrontChart } from "../charts/front-chart.tsx";
import { HeatMap } from "../charts/heat-map.tsx";
import { type Column, DataTable } from "../components/data-table.tsx";
import { formatMetric, formatNumber, formatPercent, isMeasured } from "../format.ts";
import type { FrontRecord, Measure } from "../record.ts";
import type { Section } from "../section.ts";

type Model = FrontRecord["models"][number];

/** Models of several preferences among the tasks: what one task gains where another gives. */
export const paretoFront: Section = {
  name: "front",
  title: "The front of preferences",
  when: (record) => record.front !== undefined,
  render(record) {
    const front = record.front as FrontRecord;
    const { tasks, models, share, failures } = front;
    const best = models.filter((m) => !m.dominated);
    const reference = tasks
      .map((t) => `${t.name} ${t.metric} ${formatMetric(t.reference)}`)
      .join(", ");
    return (
      <>
        <p class="headline">
          {best.length === 1
            ? `Of ${models.length} models with different preferences, one is at least as good as all others on every task.`
            : `${best.length} of ${models.length} models with different preferences are on the front: no other is better on one task without being worse on another.`}
        </p>
        <p>
          {"This run's model is number "}
          <b>{front.main}</b>
          {`: of these, its gains over the baseline multiply to the most. `}
          {isMeasured(share) &&
            (share > 1.005
              ? `All together dominate ${formatNumber(share, 3)} times the volume of the best single model.`
              : "The others add nothing to its volume: one model is enough here.")}
        </p>
        <div class="charts">
          {tasks.length === 2 ? <Plane front={front} /> : <Gains front={front} />}
        </div>
        <DataTable
          columns={columnsOf(front)}
          rows={models}
          strong={(m) => m.number === front.main}
        />
        {failures.length > 0 && (
          <ul class="warnings">
            {failures.map(({ model, message }) => (
              <li key={model} class="warning">
                <b>{`model ${model}`}</b>
                <span>{message}</span>
              </li>
            ))}
          </ul>
        )}
        <p class="note">
          {`Models are placed by validation rows; test rows chose nothing. Hypervolume ${formatNumber(front.hypervolume, 4)}, in the product of the metrics' units, from the reference point of a constant prediction: ${reference}. `}
          {
            "Each model is a run of its own in its folder. One training run a preference: neighbours differ by chance as well."
          }
        </p>
      </>
    );
  },
};

function Plane({ front }: { front: FrontRecord }) {
  const [a, b] = front.tasks;
  const shown = front.models.filter(({ validation }) => validation.every((v) => isMeasured(v)));
  const title = (task: FrontRecord["tasks"][number]) =>
    `${task.name}: ${task.metric}, ${task.better} is better`;
  return (
    <FrontChart
      title="Two tasks against each other"
      note="validation rows; numbers are those of the models"
      xTitle={title(a)}
      yTitle={title(b)}
      points={shown.map((m) => ({
        x: m.validation[0] as number,
        y: m.validation[1] as number,
        label: String(m.number),
        tip: `model ${m.number}\n${front.tasks.map((t, i) => `${t.name} ${formatMetric(m.validation[i])}, preference ${formatPercent(m.preference[i])}`).join("\n")}`,
        dominated: m.dominated,
        main: m.number === front.main,
      }))}
    />
  );
}

/** More than two tasks do not fit a plane: gains over the baseline as shares of the largest. */
function Gains({ front }: { front: FrontRecord }) {
  const { tasks, models } = front;
  const gain = (m: Model, t: number) => {
    const value = m.validation[t];
    if (!isMeasured(value)) return null;
    return (tasks[t].better === "higher" ? 1 : -1) * (value - tasks[t].reference);
  };
  const most = tasks.map((_, t) => Math.max(...models.map((m) => gain(m, t) ?? 0)));
  const share = (k: number, t: number): Measure => {
    const value = gain(models[k], t);
    return value === null || !(most[t] > 0) ? null : Math.max(-1, value / most[t]);
  };
  return (
    <HeatMap
      title="Gains over the baseline"
      note="as a share of the largest gain of the task"
      rows={models.map((m) => `${m.number}${m.number === front.main ? " (this run)" : ""}`)}
      columns={tasks.map((t) => t.name)}
      rowTitle="model"
      columnTitle="task"
      cell={44}
      strength={(k, t) => {
        const value = share(k, t);
        // Differences between good models are small: shades begin at half of the largest gain.
        return value === null ? null : value > 0 ? Math.max(0.04, 2 * value - 1) : value;
      }}
      text={(k, t) => {
        const value = share(k, t);
        return value === null ? "" : formatPercent(value);
      }}
      tip={(k, t) =>
        `model ${models[k].number}, ${tasks[t].name}\n${tasks[t].metric} ${formatMetric(models[k].validation[t])}\npreference ${formatPercent(models[k].preference[t])}`
      }
    />
  );
}

function columnsOf(front: FrontRecord): Column<Model>[] {
  const { tasks, models } = front;
  const tested = models.some((m) => m.test !== undefined);
  return [
    { title: "model", numeric: true, cell: (m) => m.number, key: (m) => m.number },
    ...tasks.map(
      (task, t): Column<Model> => ({
        title: `λ ${task.name}`,
        hint: "preference",
        numeric: true,
        cell: (m) => formatNumber(m.preference[t], 2),
        key: (m) => m.preference[t],
      }),
    ),
    ...tasks.map(
      (task, t): Column<Model> => ({
        title: `${task.name} ${task.better === "higher" ? "↑" : "↓"}`,
        hint: `${task.metric} on validation rows`,
        numeric: true,
        cell: (m) => formatMetric(m.validation[t]),
        key: (m) => m.validation[t],
      }),
    ),
    ...(tested
      ? tasks.map(
          (task, t): Column<Model> => ({
            title: `${task.name}, test`,
            hint: `${task.metric} on test rows`,
            numeric: true,
            cell: (m) => formatMetric(m.test?.[t]),
            key: (m) => m.test?.[t],
          }),
        )
      : []),
    {
      title: "",
      cell: (m) => (m.number === front.main ? "this run" : m.dominated ? "" : "on the front"),
    },
  ];
}
