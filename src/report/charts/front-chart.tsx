import { Axes, layoutAxes, px } from "./axes.tsx";
import { Figure, seriesClass } from "./figure.tsx";
import { extent } from "./scale.ts";

export interface FrontPoint {
  readonly x: number;
  readonly y: number;
  readonly label: string;
  readonly tip: string;
  readonly dominated: boolean;
  readonly main: boolean;
}

/** Models in the plane of two tasks: those that no other beats joined by a line, the main one filled large. */
export function FrontChart(props: {
  title: string;
  note?: string;
  points: readonly FrontPoint[];
  xTitle: string;
  yTitle: string;
  width?: number;
  height?: number;
}) {
  const { points, width = 420, height = 320 } = props;
  const layout = layoutAxes({
    width,
    height,
    xs: [],
    ys: [],
    xDomain: room(points.map((p) => p.x)),
    yDomain: room(points.map((p) => p.y)),
    yTitle: props.yTitle,
  });
  const { x, y } = layout;
  const front = points.filter((p) => !p.dominated).sort((a, b) => a.x - b.x || a.y - b.y);
  const path = front.map((p, i) => `${i === 0 ? "M" : "L"}${px(x.at(p.x))} ${px(y.at(p.y))}`);
  return (
    <Figure
      title={props.title}
      note={props.note}
      width={width}
      height={height}
      legend={[
        { label: "on the front", look: 0 },
        ...(points.some((p) => p.dominated)
          ? [{ label: "another is nowhere worse", look: 7 }]
          : []),
      ]}
    >
      <Axes layout={layout} xTitle={props.xTitle} yTitle={props.yTitle}>
        <g class={seriesClass(0)}>
          <path class="line" d={path.join("")} />
        </g>
        {merged(points).map((p) => (
          <g key={p.label} class={seriesClass(p.dominated ? 7 : 0)}>
            <circle class="dot" cx={px(x.at(p.x))} cy={px(y.at(p.y))} r={p.main ? 6.5 : 3.6} />
            <text
              class="tick"
              x={px(x.at(p.x) + (p.main ? 10 : 7))}
              y={px(y.at(p.y) - 6)}
              text-anchor="start"
            >
              {p.label}
            </text>
            <title>{p.tip}</title>
          </g>
        ))}
      </Axes>
    </Figure>
  );
}

/** Points at the same place share a label. */
function merged(points: readonly FrontPoint[]): FrontPoint[] {
  const all = new Map<string, FrontPoint>();
  for (const point of points) {
    const key = `${point.x} ${point.y}`;
    const known = all.get(key);
    if (!known) {
      all.set(key, point);
      continue;
    }
    all.set(key, {
      ...known,
      label: `${known.label}, ${point.label}`,
      tip: `${known.tip}\n${point.tip}`,
      // Of equal models the first counts as being on the front.
      dominated: known.dominated && point.dominated,
      main: known.main || point.main,
    });
  }
  return [...all.values()];
}

/** A domain with room for labels. */
function room(values: readonly number[]): readonly [number, number] {
  const [low, high] = extent(values) ?? [0, 1];
  const pad = (high - low) * 0.12 || Math.abs(low) * 0.1 || 1;
  return [low - pad, high + pad];
}
