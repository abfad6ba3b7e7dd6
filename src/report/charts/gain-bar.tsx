import { px } from "./axes.tsx";

/** A bar from the baseline (0) towards a perfect model (1); left of the baseline when the model is worse. */
export function GainBar(props: {
  /** Share of the way from the baseline to a perfect model; may be negative. */
  gain: number;
  /** 95 % interval of the gain. */
  interval?: readonly [number, number];
  /** Left end of the scale, 0 or below; the same for all bars that are compared. */
  from: number;
  label: string;
  width?: number;
}) {
  const { gain, interval, from, width = 240 } = props;
  const height = 16;
  const at = (value: number) => 2 + ((clip(value, from) - from) / (1 - from)) * (width - 4);
  const start = Math.min(at(0), at(gain));
  return (
    <svg
      class="gain"
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={props.label}
    >
      <rect class="ground" x="2" y="3" width={width - 4} height="10" rx="2" />
      <rect
        class={gain < 0 ? "fill worse" : "fill"}
        x={px(start)}
        y="3"
        width={px(Math.abs(at(gain) - at(0)))}
        height="10"
        rx="1.5"
      />
      {interval !== undefined && (
        <path
          class="whisker"
          d={`M${px(at(interval[0]))} 8H${px(at(interval[1]))}M${px(at(interval[0]))} 5v6M${px(at(interval[1]))} 5v6`}
        />
      )}
      <line class="zero" x1={px(at(0))} x2={px(at(0))} y1="0" y2={height} />
      <title>{props.label}</title>
    </svg>
  );
}

function clip(value: number, from: number): number {
  return Math.min(1, Math.max(from, value));
}
