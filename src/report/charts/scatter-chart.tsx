import { formatPlural, isMeasured } from "../format.ts";
import { Axes, type Layout, layoutAxes, px } from "./axes.tsx";
import { Figure } from "./figure.tsx";
import { binHexagons, hexagonPath } from "./hexagons.ts";
import { extent } from "./scale.ts";

/** Up to this many points are drawn one by one; more become a density of hexagons. */
const mostDots = 600;
const radius = 6;

/** Points in the plane, or their density when there are many; optionally on equal axes with the diagonal. */
export function ScatterChart(props: {
  title: string;
  note?: string;
  xs: readonly number[];
  ys: readonly number[];
  xTitle?: string;
  yTitle?: string;
  /** Same domain on both axes, and the line where x equals y. */
  diagonal?: string;
  width?: number;
  height?: number;
}) {
  const { xs, ys, width = 340, height = 332 } = props;
  const pairs: (readonly [number, number])[] = [];
  for (let k = 0; k < Math.min(xs.length, ys.length); k++) {
    if (isMeasured(xs[k]) && isMeasured(ys[k])) pairs.push([xs[k], ys[k]]);
  }
  const xDomain = pad(extent(pairs.map(([x]) => x)) ?? [0, 1]);
  const yDomain = pad(extent(pairs.map(([, y]) => y)) ?? [0, 1]);
  const both: readonly [number, number] = [
    Math.min(xDomain[0], yDomain[0]),
    Math.max(xDomain[1], yDomain[1]),
  ];
  const layout = layoutAxes({
    width,
    height,
    xs: [],
    ys: [],
    xDomain: props.diagonal ? both : xDomain,
    yDomain: props.diagonal ? both : yDomain,
    yTitle: props.yTitle,
  });
  const { x, y } = layout;
  const dense = pairs.length > mostDots;
  const pixels = pairs.map(([a, b]) => [x.at(a), y.at(b)] as const);
  return (
    <Figure
      title={props.title}
      note={[props.note, dense ? "stronger colour means more rows" : undefined]
        .filter(Boolean)
        .join("; ")}
      legend={props.diagonal ? [{ label: props.diagonal, look: "reference" }] : []}
      width={width}
      height={height}
    >
      <Axes layout={layout} xTitle={props.xTitle} yTitle={props.yTitle}>
        {dense ? <Density pixels={pixels} /> : <Dots pixels={pixels} pairs={pairs} />}
        {props.diagonal && <Diagonal layout={layout} domain={both} />}
      </Axes>
    </Figure>
  );
}

function Dots(props: {
  pixels: readonly (readonly [number, number])[];
  pairs: readonly (readonly [number, number])[];
}) {
  return (
    <g class="series c0">
      {props.pixels.map(([cx, cy], k) => (
        <circle key={k} class="point" cx={px(cx)} cy={px(cy)} r="2.6" />
      ))}
    </g>
  );
}

function Density(props: { pixels: readonly (readonly [number, number])[] }) {
  const cells = binHexagons(props.pixels, radius);
  const most = Math.max(...cells.map((cell) => cell.count));
  const outline = hexagonPath(radius);
  return (
    <g class="heat">
      {cells.map(({ x, y, count }) => (
        <path
          key={`${x} ${y}`}
          d={`M${px(x)} ${px(y)}${outline}`}
          fill-opacity={px100(0.12 + 0.88 * (Math.log1p(count) / Math.log1p(most)))}
        >
          <title>{formatPlural(count, "row")}</title>
        </path>
      ))}
    </g>
  );
}

function Diagonal({ layout, domain }: { layout: Layout; domain: readonly [number, number] }) {
  const { x, y } = layout;
  return (
    <line
      class="reference"
      x1={px(x.at(domain[0]))}
      y1={px(y.at(domain[0]))}
      x2={px(x.at(domain[1]))}
      y2={px(y.at(domain[1]))}
    />
  );
}

function pad([low, high]: readonly [number, number]): readonly [number, number] {
  const room = (high - low) * 0.04 || Math.abs(low) * 0.1 || 1;
  return [low - room, high + room];
}

function px100(value: number): number {
  return Math.round(value * 100) / 100;
}
