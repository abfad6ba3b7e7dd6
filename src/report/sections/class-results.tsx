import { HeatMap } from "../charts/heat-map.tsx";
import { type Confusion, countClasses, mostConfused, scoresOf } from "../classes.ts";
import { DataTable } from "../components/data-table.tsx";
import { formatCount, formatMetric, formatPercent } from "../format.ts";
import type { ClassCounts, TaskDetail, TaskRecord } from "../record.ts";

/** With more classes than this, the matrix takes the whole width. */
const mostBeside = 12;

/** Confusion matrix, the pairs most often taken for each other, and the table of classes. */
export function ClassResults({ task, detail }: { task: TaskRecord; detail: TaskDetail }) {
  const { confusion } = detail;
  const classes =
    task.classes ??
    detail.perClass?.map((row) => row.label) ??
    confusion?.map((_, k) => `class ${k + 1}`) ??
    [];
  const counts = detail.perClass ?? (confusion ? countClasses(confusion, classes) : []);
  const pairs = confusion ? mostConfused(confusion, classes, 12) : [];
  if (counts.length === 0) return null;
  const matrix = confusion !== undefined && confusion.length > 0 && (
    <ConfusionMatrix confusion={confusion} classes={classes} />
  );
  const confused = classes.length > 2 && pairs.length > 0 && <Pairs pairs={pairs} />;
  if (classes.length > mostBeside) {
    return (
      <>
        {matrix}
        <div class="beside">
          <ClassTable counts={counts} />
          {confused && <div>{confused}</div>}
        </div>
      </>
    );
  }
  return (
    <>
      {matrix && (
        <div class="beside">
          {matrix}
          {confused && <div>{confused}</div>}
        </div>
      )}
      <ClassTable counts={counts} />
    </>
  );
}

function ConfusionMatrix(props: {
  confusion: readonly (readonly number[])[];
  classes: readonly string[];
}) {
  const { confusion, classes } = props;
  const sums = confusion.map((row) => row.reduce((a, b) => a + b, 0));
  const at = (row: number, column: number) => confusion[row]?.[column] ?? 0;
  return (
    <HeatMap
      title="Confusion matrix"
      note={
        classes.length > 16
          ? "shade: share of the true class; point at a cell for its rows"
          : "numbers: rows; shade: share of the true class"
      }
      rows={classes}
      columns={classes}
      rowTitle="truth"
      columnTitle="prediction"
      diagonal
      strength={(row, column) => (sums[row] > 0 ? at(row, column) / sums[row] : null)}
      text={(row, column) => formatCount(at(row, column))}
      tip={(row, column) =>
        `truth: ${classes[row]}\nprediction: ${classes[column]}\n${formatCount(at(row, column))} of ${formatCount(sums[row])} rows (${formatPercent(at(row, column) / sums[row])})`
      }
    />
  );
}

function Pairs({ pairs }: { pairs: readonly Confusion[] }) {
  return (
    <DataTable
      caption="Most confused"
      rows={pairs}
      columns={[
        { title: "truth", cell: (pair) => <bdi>{pair.truth}</bdi> },
        { title: "taken for", cell: (pair) => <bdi>{pair.predicted}</bdi> },
        { title: "rows", numeric: true, cell: (pair) => formatCount(pair.rows) },
        {
          title: "of truth",
          hint: "share of the rows of the true class",
          numeric: true,
          cell: (pair) => formatPercent(pair.share),
        },
      ]}
    />
  );
}

function ClassTable({ counts }: { counts: readonly ClassCounts[] }) {
  const rows = counts.map((row) => ({ ...row, ...scoresOf(row) }));
  const withAuc = counts.some((row) => row.auc !== undefined);
  type Row = (typeof rows)[number];
  const count = (title: string, hint: string, value: (row: Row) => number) =>
    ({
      title,
      hint,
      numeric: true,
      key: value,
      cell: (row: Row) => formatCount(value(row)),
    }) as const;
  const score = (title: string, hint: string, value: (row: Row) => number | null | undefined) =>
    ({
      title,
      hint,
      numeric: true,
      key: value,
      cell: (row: Row) => formatMetric(value(row)),
    }) as const;
  return (
    <DataTable
      caption={`Each class against the rest${rows.some((r) => r.support === 0) ? "; a dash is a ratio without rows" : ""}`}
      tall={rows.length > 16}
      rows={rows}
      columns={[
        { title: "class", key: (row) => row.label, cell: (row) => <bdi>{row.label}</bdi> },
        count("support", "rows of the class: TP + FN", (row) => row.support),
        count("TP", "true positives", (row) => row.tp),
        count("FP", "false positives", (row) => row.fp),
        count("FN", "false negatives", (row) => row.fn),
        count("TN", "true negatives", (row) => row.tn),
        score("precision", "TP / (TP + FP)", (row) => row.precision),
        score("recall", "TP / (TP + FN)", (row) => row.recall),
        score("F1", "2 TP / (2 TP + FP + FN)", (row) => row.f1),
        ...(withAuc ? [score("AUC", "area under the ROC curve", (row) => row.auc)] : []),
      ]}
    />
  );
}
