import type { ComponentChildren } from "preact";

/** One entry of a legend: the look of series number `index`, or a neutral look. */
export interface LegendEntry {
  readonly label: string;
  readonly look: number | "reference";
}

/** Class names that give a mark the colour and dash of series number `index`; colours repeat after eight with another dash. */
export function seriesClass(index: number): string {
  return `series c${index % 8} d${Math.floor(index / 8) % 3}`;
}

/** A chart with its title, a line of explanation and a legend; scales down with the page, never up. */
export function Figure(props: {
  title: string;
  note?: string;
  legend?: readonly LegendEntry[];
  width: number;
  height: number;
  /** What a reader who cannot see the chart is told. */
  description?: string;
  /** Keep the natural size and scroll sideways where the page is narrower. */
  scroll?: boolean;
  children: ComponentChildren;
}) {
  const { width, height } = props;
  return (
    <figure class="chart">
      <figcaption>
        <b>{props.title}</b>
        {props.note !== undefined && <span class="note">{props.note}</span>}
      </figcaption>
      {props.legend !== undefined && props.legend.length > 0 && <Legend entries={props.legend} />}
      <div class={props.scroll ? "scroll" : "fit"}>
        <svg
          viewBox={`0 0 ${width} ${height}`}
          width={width}
          height={height}
          role="img"
          aria-label={props.description ?? props.title}
        >
          {props.children}
        </svg>
      </div>
    </figure>
  );
}

function Legend(props: { entries: readonly LegendEntry[] }) {
  return (
    <ul class="legend">
      {props.entries.map(({ label, look }) => (
        <li key={label}>
          <svg width="22" height="10" aria-hidden="true">
            <line
              class={look === "reference" ? "reference" : `line ${seriesClass(look)}`}
              x1="1"
              x2="21"
              y1="5"
              y2="5"
            />
          </svg>
          {label}
        </li>
      ))}
    </ul>
  );
}
