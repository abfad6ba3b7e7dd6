import { formatCount, shorten } from "../format.ts";
import type { DiagramRecord } from "../record.ts";
import { px, textWidth } from "./axes.tsx";
import { Figure } from "./figure.tsx";

const boxWidth = 178;
const across = 58;
const between = 12;
const line = 14;
const top = 26;
/** Boxes of a stage that are drawn; the others are counted. */
const mostBoxes = 24;

interface Placed {
  readonly id: string;
  readonly title: string;
  readonly lines: readonly string[];
  readonly x: number;
  readonly y: number;
  readonly height: number;
}

/** A model as boxes in stages from left to right, with a line for each link. */
export function ModelDiagram({ diagram }: { diagram: DiagramRecord }) {
  const columns = diagram.stages.map(({ boxes }) => {
    const shown = boxes.slice(0, boxes.length > mostBoxes ? mostBoxes - 1 : mostBoxes);
    const rest = boxes.length - shown.length;
    const more = {
      id: "…",
      title: `and ${formatCount(rest)} more`,
      lines: [],
      parameters: undefined,
    };
    return (rest > 0 ? [...shown, more] : shown).map(({ id, title, lines, parameters }) => {
      const said = parameters ? [...lines, `${formatCount(parameters)} parameters`] : [...lines];
      return { id, title, lines: said, height: 22 + said.length * line };
    });
  });
  const heights = columns.map((boxes) =>
    boxes.reduce((sum, b) => sum + b.height + between, -between),
  );
  const tallest = Math.max(...heights, 0);
  const placed = new Map<string, Placed>();
  columns.forEach((boxes, c) => {
    let y = top + (tallest - heights[c]) / 2;
    for (const box of boxes) {
      placed.set(box.id === "…" ? `…${c}` : box.id, { ...box, x: c * (boxWidth + across), y });
      y += box.height + between;
    }
  });
  const width = columns.length * (boxWidth + across) - across;
  return (
    <Figure
      title="What the model is made of"
      note="from the inputs on the left to the tasks on the right"
      width={width + 2}
      height={px(top + tallest + 4)}
      description={diagram.stages
        .map((s) => `${s.title}: ${s.boxes.map((b) => b.title).join(", ")}`)
        .join("; ")}
      scroll
    >
      {diagram.stages.map(({ title }, c) => (
        <text key={title} class="axis-title" x={c * (boxWidth + across) + 1} y="12">
          {title}
        </text>
      ))}
      {diagram.links.map(([from, to]) => {
        const [a, b] = [placed.get(from), placed.get(to)];
        if (!a || !b) return null;
        const [x1, x2] = [a.x + boxWidth, b.x];
        const [y1, y2] = [a.y + a.height / 2, b.y + b.height / 2];
        const bend = Math.min(60, (x2 - x1) / 2);
        return (
          <path
            key={`${from} ${to}`}
            class="link"
            d={`M${px(x1)} ${px(y1)}C${px(x1 + bend)} ${px(y1)} ${px(x2 - bend)} ${px(y2)} ${px(x2)} ${px(y2)}`}
          />
        );
      })}
      {[...placed.values()].map(({ id, title, lines, x, y, height }) => (
        <g key={id}>
          <rect class="box" x={x + 1} y={px(y)} width={boxWidth} height={height} rx="5" />
          <text class="box-title" x={x + 10} y={px(y + 15)}>
            {fitted(title, 13.6)}
          </text>
          {lines.map((text, i) => (
            <text key={text} class="tick" x={x + 10} y={px(y + 30 + i * line)}>
              {fitted(text, 11)}
            </text>
          ))}
          <title>{[title, ...lines].join("\n")}</title>
        </g>
      ))}
    </Figure>
  );
}

/** Text that fits a box. */
function fitted(text: string, font: number): string {
  let length = text.length;
  while (length > 4 && textWidth(shorten(text, length), font) > boxWidth - 18) length--;
  return shorten(text, length);
}
