import { Axes, layoutAxes, px } from "./axes.tsx";
import { Figure } from "./figure.tsx";

/** Columns between edges: a histogram, or counts in order of rank. */
export function ColumnChart(props: {
  title: string;
  note?: string;
  /** Ascending, one more than counts. */
  edges: readonly number[];
  counts: readonly number[];
  /** What a column says when pointed at. */
  tip(index: number): string;
  xTitle?: string;
  yTitle?: string;
  /** A vertical line at this x. */
  zero?: number;
  xIntegers?: boolean;
  width?: number;
  height?: number;
}) {
  const { edges, counts, width = 340, height = 210, zero } = props;
  const usable = edges.length === counts.length + 1 && counts.length > 0;
  const layout = layoutAxes({
    width,
    height,
    xs: usable ? edges : [0, 1],
    ys: [0, ...counts],
    xIntegers: props.xIntegers,
    yTitle: props.yTitle,
  });
  const { x, y, top, bottom } = layout;
  const inside = zero !== undefined && zero >= x.domain[0] && zero <= x.domain[1];
  return (
    <Figure title={props.title} note={props.note} width={width} height={height}>
      <Axes layout={layout} xTitle={props.xTitle} yTitle={props.yTitle}>
        <g class="series c0">
          {usable &&
            counts.map((count, k) => {
              const from = x.at(edges[k]);
              const to = x.at(edges[k + 1]);
              const gap = to - from > 4 ? 1 : 0;
              return (
                <rect
                  key={edges[k]}
                  class="bar"
                  x={px(from + gap / 2)}
                  width={px(Math.max(0.4, to - from - gap))}
                  y={px(y.at(count))}
                  height={px(bottom - y.at(count))}
                >
                  <title>{props.tip(k)}</title>
                </rect>
              );
            })}
        </g>
        {inside && (
          <line class="reference" x1={px(x.at(zero))} x2={px(x.at(zero))} y1={top} y2={bottom} />
        )}
      </Axes>
    </Figure>
  );
}
