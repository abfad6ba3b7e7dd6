import { shorten } from "../format.ts";
import { px, textWidth } from "./axes.tsx";
import { Figure } from "./figure.tsx";

/** More cells than this are drawn as one shape a shade, without a tip each. */
const mostCells = 4000;
const shades = 20;

export interface HeatMapProps {
  readonly title: string;
  readonly note?: string;
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  /** Strength of a cell, −1..1: its sign picks the colour, its size the shade; 0 or `null` leaves it empty. */
  strength(row: number, column: number): number | null;
  /** What the cell says when pointed at. */
  tip(row: number, column: number): string;
  /** What is written in the cell; nothing is written where cells are small. */
  text?(row: number, column: number): string;
  readonly rowTitle?: string;
  readonly columnTitle?: string;
  /** Side of a cell in pixels; chosen from the number of rows when left out. */
  readonly cell?: number;
  /** Outline the cells where row and column are the same. */
  readonly diagonal?: boolean;
}

/** A matrix as shaded cells with names on both sides; stays legible to about a hundred rows. */
export function HeatMap(props: HeatMapProps) {
  const { rows, columns } = props;
  const count = Math.max(rows.length, columns.length);
  const cell = props.cell ?? cellSide(count, rows);
  const font = Math.min(11, cell - 1.5);
  const length = count > 16 ? 30 : 22;
  const rowNames = rows.map((name) => shorten(name, length));
  const columnNames = columns.map((name) => shorten(name, length));
  const left = Math.max(40, ...rowNames.map((name) => textWidth(name, font))) + 26;
  // Short names fit upright over wide cells; the others are turned.
  const upright = columnNames.every((name) => textWidth(name, font) < cell - 2);
  const longest = Math.max(12, ...columnNames.map((name) => textWidth(name, font)));
  const top = (upright ? 14 : longest) + 26;
  const width = left + columns.length * cell + 8;
  const height = top + rows.length * cell + 6;
  const words = cell >= 22 && props.text !== undefined;
  return (
    <Figure title={props.title} note={props.note} width={px(width)} height={px(height)} scroll>
      <text class="axis-title" x={px(left)} y="11">
        {props.columnTitle ?? ""}
      </text>
      <text
        class="axis-title"
        transform={`translate(11 ${px(top + rows.length * cell)}) rotate(-90)`}
      >
        {props.rowTitle ?? ""}
      </text>
      <rect
        class="ground"
        x={px(left)}
        y={px(top)}
        width={px(columns.length * cell)}
        height={px(rows.length * cell)}
      />
      <Cells {...props} cell={cell} left={left} top={top} words={words} />
      {props.diagonal && cell >= 15 && (
        <g class="outline">
          {rows.map((name, k) => (
            <rect
              key={name}
              x={px(left + k * cell + 0.5)}
              y={px(top + k * cell + 0.5)}
              width={cell - 1}
              height={cell - 1}
            />
          ))}
        </g>
      )}
      {rowNames.map((name, k) => (
        <text
          key={rows[k]}
          class="label"
          style={{ fontSize: `${font}px` }}
          x={px(left - 6)}
          y={px(top + (k + 0.5) * cell + font * 0.35)}
          text-anchor="end"
        >
          {name}
        </text>
      ))}
      {columnNames.map((name, k) => {
        const at = px(left + (k + 0.5) * cell);
        return (
          <text
            key={columns[k]}
            class="label"
            style={{ fontSize: `${font}px` }}
            text-anchor={upright ? "middle" : "start"}
            transform={
              upright
                ? `translate(${at} ${px(top - 6)})`
                : `translate(${px(at + font * 0.35)} ${px(top - 6)}) rotate(-90)`
            }
          >
            {name}
          </text>
        );
      })}
    </Figure>
  );
}

/** Large cells for few names; for many, as large as fit the width of the page. */
function cellSide(count: number, rows: readonly string[]): number {
  if (count <= 10) return 40;
  if (count <= 16) return 32;
  const names = Math.max(40, ...rows.map((name) => textWidth(shorten(name, 30), 8)));
  return Math.max(7.5, Math.min(16, px((990 - names - 34) / count)));
}

function Cells(props: HeatMapProps & { cell: number; left: number; top: number; words: boolean }) {
  const { rows, columns, cell, left, top } = props;
  const filled: { row: number; column: number; strength: number }[] = [];
  rows.forEach((_, row) => {
    columns.forEach((_, column) => {
      const strength = props.strength(row, column);
      if (strength !== null && Number.isFinite(strength) && strength !== 0)
        filled.push({ row, column, strength });
    });
  });
  const corner = (row: number, column: number) =>
    `M${px(left + column * cell)} ${px(top + row * cell)}`;
  const gap = cell >= 15 ? 1 : 0.5;
  const side = px(cell - gap);
  const square = `h${side}v${side}h${-side}z`;
  if (filled.length > mostCells) {
    const paths = new Map<number, string>();
    for (const { row, column, strength } of filled) {
      const shade = Math.sign(strength) * Math.ceil(Math.abs(strength) * shades);
      paths.set(shade, (paths.get(shade) ?? "") + corner(row, column) + square);
    }
    return (
      <>
        {[...paths].map(([shade, d]) => (
          <path key={shade} class={heatClass(shade)} d={d} fill-opacity={opacity(shade / shades)} />
        ))}
      </>
    );
  }
  return (
    <>
      {filled.map(({ row, column, strength }) => (
        <g key={`${row} ${column}`}>
          <path
            class={heatClass(strength)}
            d={corner(row, column) + square}
            fill-opacity={opacity(strength)}
          />
          {props.words && (
            <text
              class={Math.abs(strength) > 0.55 ? "cell strong" : "cell"}
              x={px(left + (column + 0.5) * cell)}
              y={px(top + (row + 0.5) * cell + 3.8)}
              text-anchor="middle"
            >
              {props.text?.(row, column)}
            </text>
          )}
          <title>{props.tip(row, column)}</title>
        </g>
      ))}
    </>
  );
}

function heatClass(strength: number): string {
  return strength < 0 ? "heat negative" : "heat";
}

function opacity(strength: number): number {
  return Math.round((0.08 + 0.92 * Math.min(1, Math.abs(strength))) * 100) / 100;
}
