import { LineChart, type Series } from "../charts/line-chart.tsx";
import { extent } from "../charts/scale.ts";
import { DataTable } from "../components/data-table.tsx";
import { formatMetric, isMeasured } from "../format.ts";
import type { EpochRecord, HistoryRecord, Measure, RunRecord, TaskRecord } from "../record.ts";
import { metricTitle, primaryRow, validationBaseline } from "../results.ts";
import type { Section } from "../section.ts";
import { EpochTable } from "./epoch-table.tsx";

/** Loss and primary metric by epoch for each task, then what the tasks share: rate, weights, objective. */
export const learning: Section = {
  name: "learning",
  title: "Learning curves",
  when: (record) => (record.history?.epochs.length ?? 0) > 0,
  render(record) {
    const history = record.history as HistoryRecord;
    const { selected, epochs } = history;
    return (
      <>
        <p>
          {`${epochs.length === 1 ? "One epoch was" : `${epochs.length} epochs were`} trained`}
          {selected ? `; epoch ${selected.epoch} was kept (rule: ${selected.rule}).` : "."}
        </p>
        {epochs.length === 1 ? (
          <SingleEpoch record={record} epoch={epochs[0]} />
        ) : (
          <>
            {record.tasks.map((task) => (
              <TaskCurves key={task.name} task={task} history={history} />
            ))}
            <SharedCurves record={record} history={history} />
          </>
        )}
      </>
    );
  },
};

function TaskCurves({ task, history }: { task: TaskRecord; history: HistoryRecord }) {
  const { epochs } = history;
  const train = series("training loss", epochs, (e) => own(e.trainLoss, task.name));
  const validation = series("validation loss", epochs, (e) =>
    validationValue(e, task.name, "loss"),
  );
  const losses = [train, validation].filter(measured);
  const primary = series("model, validation", epochs, (e) =>
    validationValue(e, task.name, task.primary),
  );
  const baseline = validationBaseline(task);
  const row = primaryRow(task);
  const title = row ? metricTitle(row) : task.primary;
  const mark = markOf(history);
  if (losses.length === 0 && !measured(primary)) return null;
  return (
    <div class="pair">
      <h3>
        <bdi>{task.name}</bdi>
        <span class="note">{task.kind}</span>
      </h3>
      <div class="charts">
        {losses.length > 0 && (
          <LineChart
            title="Loss"
            series={losses}
            xTitle="epoch"
            yTitle={isLog(losses) ? "mean per row, log scale" : "mean per row"}
            xIntegers
            yLog={isLog(losses)}
            mark={mark}
            readout
          />
        )}
        {measured(primary) && (
          <LineChart
            title={title}
            note={row ? `${row.better} is better` : undefined}
            series={[{ ...primary, look: 1 }]}
            references={
              baseline === undefined
                ? []
                : [{ y: baseline, label: `baseline, ${formatMetric(baseline)}` }]
            }
            xTitle="epoch"
            xIntegers
            mark={mark}
            readout
          />
        )}
        <div class="aside">
          <EpochTable
            values={epochs.map((e) => ({
              epoch: e.epoch,
              train: own(e.trainLoss, task.name),
              validation: validationValue(e, task.name, "loss"),
              primary: validationValue(e, task.name, task.primary),
            }))}
            better={row?.better ?? "higher"}
            kept={history.selected?.epoch}
            title={title}
          />
        </div>
      </div>
    </div>
  );
}

function SharedCurves({ record, history }: { record: RunRecord; history: HistoryRecord }) {
  const { epochs } = history;
  const objective = series("joint loss", epochs, (e) => e.objective);
  const rate = series("learning rate", epochs, (e) => e.learningRate);
  const seconds = series("seconds", epochs, (e) => e.seconds);
  const weights = record.tasks
    .map((task) => series(task.name, epochs, (e) => own(e.weights, task.name)))
    .filter(measured);
  const mark = markOf(history);
  const shared = { xTitle: "epoch", xIntegers: true, mark, readout: true } as const;
  if (![objective, rate, seconds, ...weights].some(measured)) return null;
  return (
    <div class="pair">
      <h3>All tasks</h3>
      <div class="charts">
        {measured(objective) && (
          <LineChart
            title="Joint loss"
            note="weighted sum of the training losses with the penalty"
            series={[objective]}
            yLog={isLog([objective])}
            yTitle={isLog([objective]) ? "log scale" : undefined}
            {...shared}
          />
        )}
        {weights.length > 0 && (
          <LineChart title="Task weights" note="λ in the joint loss" series={weights} {...shared} />
        )}
        {measured(rate) && (
          <LineChart title="Learning rate" series={[{ ...rate, look: 2 }]} {...shared} />
        )}
        {measured(seconds) && (
          <LineChart
            title="Time per epoch"
            series={[{ ...seconds, look: 4 }]}
            yTitle="seconds"
            reach={[0]}
            {...shared}
          />
        )}
      </div>
    </div>
  );
}

/** One epoch makes no curve: its values as a table. */
function SingleEpoch({ record, epoch }: { record: RunRecord; epoch: EpochRecord }) {
  return (
    <DataTable
      rows={record.tasks}
      columns={[
        { title: "task", cell: (task) => <bdi>{task.name}</bdi> },
        {
          title: "training loss",
          numeric: true,
          cell: (task) => formatMetric(own(epoch.trainLoss, task.name)),
        },
        {
          title: "validation loss",
          numeric: true,
          cell: (task) => formatMetric(validationValue(epoch, task.name, "loss")),
        },
        {
          title: "primary metric, validation",
          numeric: true,
          cell: (task) =>
            `${task.primary} ${formatMetric(validationValue(epoch, task.name, task.primary))}`,
        },
      ]}
    />
  );
}

function series(
  name: string,
  epochs: readonly EpochRecord[],
  value: (epoch: EpochRecord) => Measure | undefined,
): Series {
  return { name, points: epochs.map((epoch) => [epoch.epoch, value(epoch)] as const) };
}

function measured(line: Series): boolean {
  return line.points.some(([, y]) => isMeasured(y));
}

/** Losses that fall by more than a factor of 30 are read on a logarithmic axis. */
function isLog(lines: readonly Series[]): boolean {
  const range = extent(lines.flatMap((line) => line.points.map(([, y]) => y)));
  return range !== undefined && range[0] > 0 && range[1] / range[0] > 30;
}

function markOf({ selected, epochs }: HistoryRecord): { x: number; label: string } | undefined {
  if (!selected || !epochs.some((epoch) => epoch.epoch === selected.epoch)) return undefined;
  return { x: selected.epoch, label: `kept: epoch ${selected.epoch}` };
}

/** Task names are data: only own properties count ("constructor" is a fine name for a task). */
function own<Value>(
  values: Readonly<Record<string, Value>> | undefined,
  name: string,
): Value | undefined {
  return values && Object.hasOwn(values, name) ? values[name] : undefined;
}

function validationValue(epoch: EpochRecord, task: string, metric: string): Measure | undefined {
  return own(own(epoch.validation, task), metric);
}
