import { formatMetric } from "../format.ts";
import type { CurveRecord } from "../record.ts";
import { LineChart } from "./line-chart.tsx";

const unit: readonly [number, number] = [0, 1];

/** ROC curves over the unit square, with the diagonal of a random ranking. */
export function RocChart(props: { curves: readonly CurveRecord[]; note?: string }) {
  return (
    <LineChart
      title="ROC"
      note={props.note ?? areaNote(props.curves, "area under the curve")}
      series={named(props.curves)}
      xDomain={unit}
      yDomain={unit}
      xTitle="false positive rate"
      yTitle="true positive rate"
      segments={[{ from: [0, 0], to: [1, 1], label: "random ranking" }]}
      width={320}
      height={312}
    />
  );
}

/** Precision-recall curves, with the precision of predicting everything positive. */
export function PrChart(props: { curves: readonly CurveRecord[]; note?: string }) {
  const [first] = props.curves;
  const share =
    props.curves.length === 1 && first.positives !== undefined && first.rows
      ? first.positives / first.rows
      : undefined;
  return (
    <LineChart
      title="Precision and recall"
      note={props.note ?? areaNote(props.curves, "average precision")}
      series={named(props.curves)}
      xDomain={unit}
      yDomain={unit}
      xTitle="recall"
      yTitle="precision"
      references={
        share === undefined ? [] : [{ y: share, label: `all positive, ${formatMetric(share)}` }]
      }
      width={320}
      height={312}
    />
  );
}

function named(curves: readonly CurveRecord[]) {
  return curves.map((curve) => ({
    name: curves.length > 1 ? `${curve.name} (${formatMetric(curve.area)})` : curve.name,
    points: curve.points,
  }));
}

function areaNote(curves: readonly CurveRecord[], what: string): string {
  return curves.length === 1 ? `${what} ${formatMetric(curves[0].area)}` : `${what} in brackets`;
}
