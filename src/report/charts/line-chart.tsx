import { formatMetric, isMeasured } from "../format.ts";
import { Axes, layoutAxes, px, textWidth } from "./axes.tsx";
import { Figure, type LegendEntry, seriesClass } from "./figure.tsx";

export interface Series {
  readonly name: string;
  /** (x, y) by ascending x; a missing y interrupts the line. */
  readonly points: readonly (readonly [number, number | null | undefined])[];
  /** Number of the look; the position in the list when left out. */
  readonly look?: number;
}

export interface LineChartProps {
  readonly title: string;
  readonly note?: string;
  readonly series: readonly Series[];
  readonly xTitle?: string;
  readonly yTitle?: string;
  readonly xIntegers?: boolean;
  readonly yLog?: boolean;
  readonly xDomain?: readonly [number, number];
  readonly yDomain?: readonly [number, number];
  /** Horizontal lines to compare with, named in the legend. */
  readonly references?: readonly { readonly y: number; readonly label: string }[];
  /** Any further line to compare with, such as a diagonal. */
  readonly segments?: readonly {
    readonly from: readonly [number, number];
    readonly to: readonly [number, number];
    readonly label?: string;
  }[];
  /** A shaded band: x, lower and upper edge, by ascending x. */
  readonly band?: {
    readonly label: string;
    readonly points: readonly (readonly [number, number, number])[];
  };
  /** Values that the y axis must reach, such as 0. */
  readonly reach?: readonly number[];
  /** A vertical line with a label. */
  readonly mark?: { readonly x: number; readonly label: string };
  readonly width?: number;
  readonly height?: number;
  /** Show the values at each x when pointed at; for series that share their x. */
  readonly readout?: boolean;
}

/** Lines over one axis: curves of training, or of anything that varies along x. */
export function LineChart(props: LineChartProps) {
  const { series, references = [], segments = [], width = 340, height = 210 } = props;
  const xs = series.flatMap((s) => s.points.map(([x]) => x));
  const ys = [
    ...series.flatMap((s) => s.points.map(([, y]) => y)),
    ...references.map((r) => r.y),
    ...(props.band?.points.flatMap(([, low, high]) => [low, high]) ?? []),
    ...(props.reach ?? []),
  ];
  const layout = layoutAxes({ ...props, width, height, xs, ys, extraTop: props.mark ? 12 : 0 });
  const { x, y } = layout;
  const legend: LegendEntry[] = [
    ...(series.length + references.length + segments.length > 1
      ? series.map((s, k) => ({ label: s.name, look: s.look ?? k }))
      : []),
    ...references.map((r) => ({ label: r.label, look: "reference" as const })),
    ...segments.flatMap((s) => (s.label ? [{ label: s.label, look: "reference" as const }] : [])),
  ];
  return (
    <Figure title={props.title} note={props.note} legend={legend} width={width} height={height}>
      <Axes layout={layout} xTitle={props.xTitle} yTitle={props.yTitle}>
        {props.band !== undefined && props.band.points.length > 1 && (
          <g class="heat">
            <path d={bandPath(layout, props.band.points)} fill-opacity="0.15">
              <title>{props.band.label}</title>
            </path>
          </g>
        )}
        {references.map((r) => (
          <line
            key={r.label}
            class="reference"
            x1={layout.left}
            x2={layout.right}
            y1={px(y.at(r.y))}
            y2={px(y.at(r.y))}
          />
        ))}
        {segments.map(({ from, to }) => (
          <line
            key={`${from} ${to}`}
            class="reference"
            x1={px(x.at(from[0]))}
            y1={px(y.at(from[1]))}
            x2={px(x.at(to[0]))}
            y2={px(y.at(to[1]))}
          />
        ))}
        {props.mark !== undefined && <Mark layout={layout} {...props.mark} />}
        {series.map((s, k) => (
          <SeriesLine key={s.name} layout={layout} series={s} look={s.look ?? k} />
        ))}
        {props.readout && <Readout layout={layout} series={series} xTitle={props.xTitle ?? "x"} />}
      </Axes>
    </Figure>
  );
}

/** Along the upper edge and back along the lower. */
function bandPath(
  { x, y }: ReturnType<typeof layoutAxes>,
  points: readonly (readonly [number, number, number])[],
): string {
  const corner = (at: number, value: number) => `${px(x.at(at))} ${px(y.at(value))}`;
  const upper = points.map(([at, , high]) => corner(at, high));
  const lower = points.map(([at, low]) => corner(at, low)).reverse();
  return `M${[...upper, ...lower].join("L")}Z`;
}

type Inner = { layout: ReturnType<typeof layoutAxes> };

function SeriesLine({ layout, series, look }: Inner & { series: Series; look: number }) {
  const { x, y } = layout;
  let path = "";
  let open = false;
  const dots: (readonly [number, number])[] = [];
  const { points } = series;
  points.forEach(([px0, value], k) => {
    if (!isMeasured(value)) {
      open = false;
      return;
    }
    const at = [px(x.at(px0)), px(y.at(value))] as const;
    path += `${open ? "L" : "M"}${at[0]} ${at[1]}`;
    const alone = !open && !isMeasured(points[k + 1]?.[1]);
    if (alone || points.length <= 12) dots.push(at);
    open = true;
  });
  return (
    <g class={seriesClass(look)}>
      <path class="line" d={path}>
        <title>{series.name}</title>
      </path>
      {dots.map(([cx, cy]) => (
        <circle key={cx} class="dot" cx={cx} cy={cy} r="2.4" />
      ))}
    </g>
  );
}

function Mark({ layout, x, label }: Inner & { x: number; label: string }) {
  const at = px(layout.x.at(x));
  const leftSide = at + 4 + textWidth(label, 10.5) > layout.right;
  return (
    <g class="mark">
      <line x1={at} x2={at} y1={layout.top - 6} y2={layout.bottom} />
      <text
        x={leftSide ? at - 4 : at + 4}
        y={layout.top - 3}
        text-anchor={leftSide ? "end" : "start"}
      >
        {label}
      </text>
    </g>
  );
}

/** One invisible strip for each x that shows a rule and the values while pointed at. */
function Readout(props: Inner & { series: readonly Series[]; xTitle: string }) {
  const { layout, series } = props;
  const all = [...new Set(series.flatMap((s) => s.points.map(([x]) => x)))].sort((a, b) => a - b);
  const every = Math.ceil(all.length / 150);
  const shown = all.filter((_, k) => k % every === 0 || k === all.length - 1);
  const values = series.map((s) => new Map(s.points));
  return (
    <g>
      {shown.map((value, k) => {
        const at = layout.x.at(value);
        const from = k === 0 ? layout.left : (at + layout.x.at(shown[k - 1])) / 2;
        const to = k === shown.length - 1 ? layout.right : (at + layout.x.at(shown[k + 1])) / 2;
        const lines = series.map((s, j) => `${s.name}: ${formatMetric(values[j].get(value))}`);
        return (
          <g key={value} class="hit">
            <rect
              x={px(from)}
              width={px(Math.max(0.5, to - from))}
              y={layout.top}
              height={layout.bottom - layout.top}
            />
            <line x1={px(at)} x2={px(at)} y1={layout.top} y2={layout.bottom} />
            <title>{[`${props.xTitle} ${value}`, ...lines].join("\n")}</title>
          </g>
        );
      })}
    </g>
  );
}
