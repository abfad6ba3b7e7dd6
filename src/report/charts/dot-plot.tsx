import { formatMetric, isMeasured, shorten } from "../format.ts";
import { px, textWidth } from "./axes.tsx";
import { Figure, seriesClass } from "./figure.tsx";
import { extent, linearScale } from "./scale.ts";

export interface Dot {
  readonly label: string;
  readonly value: number | null;
  /** Interval, low then high. */
  readonly interval?: readonly [number | null, number | null];
  /** Number of the look; the position in the list when left out. */
  readonly look?: number;
  readonly tip?: string;
}

/** Values with their intervals, one a line, over one axis, with a line to compare with. */
export function DotPlot(props: {
  title: string;
  note?: string;
  dots: readonly Dot[];
  xTitle?: string;
  width?: number;
  /** Where the line is; at the first value when left out. */
  reference?: number;
  /** Letters of the longest label. */
  letters?: number;
}) {
  const { dots, width = 340 } = props;
  const line = 22;
  const names = dots.map((dot) => shorten(dot.label, props.letters ?? 22));
  const left = Math.max(30, ...names.map((name) => textWidth(name))) + 10;
  const bottom = dots.length * line + 6;
  const compared = props.reference === undefined ? [] : [props.reference];
  const values = dots.flatMap((dot) => [dot.value, ...(dot.interval ?? [])]);
  const reach = extent([...values, ...compared]) ?? [0, 1];
  const x = linearScale(reach, [left, width - 14], { count: 4 });
  const clip = (value: number) => px(Math.min(width - 2, Math.max(left, x.at(value))));
  const first = props.reference ?? dots[0]?.value;
  return (
    <Figure title={props.title} note={props.note} width={width} height={bottom + 34}>
      <g class="axis">
        <line x1={px(left)} x2={width - 14} y1={bottom} y2={bottom} />
      </g>
      {x.ticks.map(({ value, label }) => (
        <text key={label} class="tick" x={px(x.at(value))} y={bottom + 15} text-anchor="middle">
          {label}
        </text>
      ))}
      {props.xTitle !== undefined && (
        <text class="axis-title" x={width - 14} y={bottom + 30} text-anchor="end">
          {props.xTitle}
        </text>
      )}
      {isMeasured(first) && (
        <line class="reference" x1={clip(first)} x2={clip(first)} y1="2" y2={bottom} />
      )}
      {dots.map((dot, k) => {
        const y = k * line + 13;
        const [low, high] = dot.interval ?? [null, null];
        return (
          <g key={dot.label} class={seriesClass(dot.look ?? k)}>
            <text class="label" x={px(left - 8)} y={y + 4} text-anchor="end">
              {names[k]}
            </text>
            {isMeasured(low) && isMeasured(high) && (
              <path class="line" d={`M${clip(low)} ${y}H${clip(high)}`} />
            )}
            {isMeasured(dot.value) ? (
              <circle class="dot" cx={clip(dot.value)} cy={y} r="4.2" />
            ) : (
              <text class="tick" x={px(left + 4)} y={y + 4}>
                –
              </text>
            )}
            <title>{dot.tip ?? `${dot.label}: ${formatMetric(dot.value)}`}</title>
          </g>
        );
      })}
    </Figure>
  );
}
