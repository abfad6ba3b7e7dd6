import type { ComponentChildren } from "preact";
import { extent, linearScale, logScale, type Scale } from "./scale.ts";

/** A plot area with its two scales, in the pixels of the SVG. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly x: Scale;
  readonly y: Scale;
}

export interface LayoutOptions {
  readonly width: number;
  readonly height: number;
  readonly xs: Iterable<number | null | undefined>;
  readonly ys: Iterable<number | null | undefined>;
  /** Fixed domains, instead of those of the values. */
  readonly xDomain?: readonly [number, number];
  readonly yDomain?: readonly [number, number];
  readonly xIntegers?: boolean;
  readonly yLog?: boolean;
  /** Room for a title of the y axis above the plot. */
  readonly yTitle?: string;
  /** Room for labels that a chart adds above the plot. */
  readonly extraTop?: number;
}

/** Width of text in pixels, estimated: good enough to reserve room for labels. */
export function textWidth(text: string, size = 11): number {
  let units = 0;
  for (const character of text) units += (character.codePointAt(0) ?? 0) > 0x2e80 ? 1 : 0.56;
  return units * size;
}

/** Fits scales and margins to the data; the left margin follows the width of the tick labels. */
export function layoutAxes(options: LayoutOptions): Layout {
  const { width, height } = options;
  const top = (options.yTitle ? 22 : 9) + (options.extraTop ?? 0);
  const bottom = height - 36;
  const yDomain = options.yDomain ?? extent(options.ys) ?? [0, 1];
  const y = options.yLog
    ? logScale(yDomain, [bottom, top])
    : linearScale(yDomain, [bottom, top], { nice: !options.yDomain, count: height < 170 ? 3 : 5 });
  const widest = Math.max(12, ...y.ticks.map((tick) => textWidth(tick.label)));
  const left = Math.ceil(widest) + 10;
  const right = width - 12;
  const xDomain = options.xDomain ?? extent(options.xs) ?? [0, 1];
  const x = linearScale(xDomain, [left, right], {
    nice: false,
    count: Math.max(2, Math.floor((right - left) / 48)),
    integers: options.xIntegers ?? false,
  });
  return { width, height, left, right, top, bottom, x, y };
}

/** Grid, ticks and axis titles of a layout; the plot is drawn on top by the children. */
export function Axes(props: {
  layout: Layout;
  xTitle?: string;
  yTitle?: string;
  children: ComponentChildren;
}) {
  const { layout, xTitle, yTitle } = props;
  const { left, right, bottom, x, y, height } = layout;
  return (
    <>
      <g class="grid">
        {y.ticks.map(({ value }) => (
          <line key={value} x1={left} x2={right} y1={px(y.at(value))} y2={px(y.at(value))} />
        ))}
      </g>
      <g class="axis">
        <line x1={left} x2={right} y1={bottom} y2={bottom} />
        {x.ticks.map(({ value }) => (
          <line key={value} x1={px(x.at(value))} x2={px(x.at(value))} y1={bottom} y2={bottom + 4} />
        ))}
      </g>
      {y.ticks.map(({ value, label }) => (
        <text key={label} class="tick" x={left - 6} y={px(y.at(value) + 3.6)} text-anchor="end">
          {label}
        </text>
      ))}
      {x.ticks.map(({ value, label }) => (
        <text key={label} class="tick" x={px(x.at(value))} y={bottom + 16} text-anchor="middle">
          {label}
        </text>
      ))}
      {yTitle !== undefined && (
        <text class="axis-title" x={2} y={11}>
          {yTitle}
        </text>
      )}
      {xTitle !== undefined && (
        <text class="axis-title" x={right} y={height - 5} text-anchor="end">
          {xTitle}
        </text>
      )}
      {props.children}
    </>
  );
}

/** Rounds a pixel to a tenth: shorter files, same picture. */
export function px(value: number): number {
  return Math.round(value * 10) / 10;
}
