import { PrChart, RocChart } from "../charts/curve-chart.tsx";
import { ReliabilityChart } from "../charts/reliability-chart.tsx";
import { Tabs } from "../components/tabs.tsx";
import { formatPlural } from "../format.ts";
import type { TaskDetail, TaskRecord } from "../record.ts";
import { detailOf, partNames } from "../results.ts";
import type { Section } from "../section.ts";
import { ClassResults } from "./class-results.tsx";
import { NumericResults } from "./numeric-results.tsx";

/** What lies behind the metrics of each task: confusion, calibration, ranking, or truth against prediction. */
export const taskDetails: Section = {
  name: "tasks",
  title: "Task by task",
  when: (record) => record.tasks.some((task) => detailOf(task) !== undefined),
  render(record) {
    return (
      <Tabs
        label="Task"
        name="task"
        panels={record.tasks.map((task) => {
          const detail = detailOf(task);
          return {
            title: task.name,
            note: detail
              ? `${task.kind} · ${formatPlural(detail.rows, `${partNames[detail.part]} row`)}`
              : task.kind,
            body: detail ? (
              <Detail task={task} detail={detail} />
            ) : (
              <p class="note">No labelled rows to look at.</p>
            ),
          };
        })}
      />
    );
  },
};

function Detail({ task, detail }: { task: TaskRecord; detail: TaskDetail }) {
  const { reliability, roc = [], pr = [] } = detail;
  const bins = reliability?.bins.length ?? 0;
  const several = (task.classes?.length ?? 0) > 2;
  return (
    <>
      <ClassResults task={task} detail={detail} />
      <NumericResults task={task} detail={detail} />
      {(bins > 0 || roc.length > 0 || pr.length > 0) && (
        <div class="charts">
          {roc.length > 0 && <RocChart curves={roc} />}
          {pr.length > 0 && <PrChart curves={pr} />}
          {reliability !== undefined && bins > 0 && (
            <ReliabilityChart
              reliability={reliability}
              xTitle={
                several && detail.confusion
                  ? "probability of the predicted class"
                  : "predicted probability"
              }
            />
          )}
        </div>
      )}
    </>
  );
}
