import { formatCount, formatMetric, isMeasured } from "../format.ts";
import type { ReliabilityRecord } from "../record.ts";
import { Axes, layoutAxes, px } from "./axes.tsx";
import { Figure } from "./figure.tsx";

const strip = 44;

/** Predicted probability against observed frequency, with the number of rows behind each point underneath. */
export function ReliabilityChart(props: {
  reliability: ReliabilityRecord;
  xTitle?: string;
  width?: number;
  height?: number;
}) {
  const { reliability, width = 320, height = 352 } = props;
  const bins = reliability.bins.filter((b) => isMeasured(b.predicted) && isMeasured(b.observed));
  const layout = layoutAxes({
    width,
    height: height - strip,
    xs: [],
    ys: [],
    xDomain: [0, 1],
    yDomain: [0, 1],
    yTitle: "observed frequency",
  });
  const { x, y, left, right } = layout;
  const most = Math.max(1, ...bins.map((bin) => bin.rows));
  const path = bins.map((b) => `${px(x.at(b.predicted))} ${px(y.at(b.observed))}`).join("L");
  const floor = height - 16;
  const bar = Math.max(3, Math.min(16, (right - left) / (bins.length * 1.6 || 1)));
  return (
    <Figure
      title="Reliability"
      note={
        isMeasured(reliability.ece)
          ? `expected calibration error ${formatMetric(reliability.ece)}`
          : undefined
      }
      legend={[
        { label: "model", look: 0 },
        { label: "perfectly calibrated", look: "reference" },
      ]}
      width={width}
      height={height}
    >
      <Axes
        layout={layout}
        xTitle={props.xTitle ?? "predicted probability"}
        yTitle="observed frequency"
      >
        <line class="reference" x1={x.at(0)} y1={y.at(0)} x2={x.at(1)} y2={y.at(1)} />
        <g class="series c0">
          {path !== "" && <path class="line" d={`M${path}`} />}
          {bins.map((bin) => (
            <g key={bin.predicted}>
              <circle
                class="dot"
                cx={px(x.at(bin.predicted))}
                cy={px(y.at(bin.observed))}
                r="3.4"
              />
              <rect
                class="bar"
                x={px(x.at(bin.predicted) - bar / 2)}
                width={px(bar)}
                y={px(floor - (bin.rows / most) * (strip - 24))}
                height={px((bin.rows / most) * (strip - 24))}
              />
              <title>
                {`predicted ${formatMetric(bin.predicted)}\nobserved ${formatMetric(bin.observed)}\nrows ${formatCount(bin.rows)}`}
              </title>
            </g>
          ))}
        </g>
        <g class="axis">
          <line x1={left} x2={right} y1={floor} y2={floor} />
        </g>
        <text class="axis-title" x={left} y={height - 3}>
          {`rows per bin, at most ${formatCount(most)}`}
        </text>
      </Axes>
    </Figure>
  );
}
