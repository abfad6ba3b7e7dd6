import { formatCount, shorten } from "../format.ts";
import { px, textWidth } from "./axes.tsx";
import { Figure } from "./figure.tsx";

/** Horizontal bars with their names on the left and values behind; for up to some thirty things. */
export function BarChart(props: {
  title: string;
  note?: string;
  bars: readonly { readonly label: string; readonly value: number }[];
  format?(value: number): string;
  width?: number;
}) {
  const { bars, width = 340, format = formatCount } = props;
  const line = 19;
  const names = bars.map((bar) => shorten(bar.label, 24));
  const left = Math.min(width * 0.45, Math.max(30, ...names.map((name) => textWidth(name)))) + 8;
  const values = bars.map((bar) => format(bar.value));
  const room = Math.max(20, ...values.map((value) => textWidth(value))) + 8;
  const most = Math.max(...bars.map((bar) => bar.value), Number.MIN_VALUE);
  const scale = (width - left - room) / most;
  return (
    <Figure title={props.title} note={props.note} width={width} height={bars.length * line + 4}>
      <g class="series c0">
        {bars.map((bar, k) => (
          <g key={bar.label}>
            <rect
              class="bar"
              x={px(left)}
              y={k * line + 4}
              width={px(Math.max(0.5, bar.value * scale))}
              height={line - 6}
              rx="1.5"
            />
            <text class="label" x={px(left - 7)} y={k * line + 14.5} text-anchor="end">
              {names[k]}
            </text>
            <text class="tick" x={px(left + bar.value * scale + 6)} y={k * line + 14.5}>
              {values[k]}
            </text>
            <title>{`${bar.label}: ${values[k]}`}</title>
          </g>
        ))}
      </g>
    </Figure>
  );
}
