import stringWidth from "string-width";

/** A column of a printed table; numbers stand at the right. */
export interface TextColumn {
  readonly title: string;
  readonly align?: "left" | "right";
}

/** A table as lines of equal columns; wide characters count as two. */
export function textTable(
  columns: readonly TextColumn[],
  rows: readonly (readonly string[])[],
): string {
  const widths = columns.map(({ title }, k) =>
    Math.max(stringWidth(title), ...rows.map((row) => stringWidth(row[k] ?? ""))),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, k) => {
        const space = " ".repeat(widths[k] - stringWidth(cell));
        return columns[k].align === "right" ? space + cell : cell + space;
      })
      .join("  ")
      .trimEnd();
  const titles = columns.map(({ title }) => title);
  const rule = widths.map((width) => "─".repeat(width)).join("  ");
  return `${[line(titles), rule, ...rows.map(line)].join("\n")}\n`;
}

/** Cuts a text to a number of columns on the screen, ending it with an ellipsis. */
export function cutToWidth(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let cut = "";
  let used = 0;
  for (const character of text) {
    const size = stringWidth(character);
    if (used + size > width - 1) break;
    cut += character;
    used += size;
  }
  return `${cut}…`;
}

/** A number for people: four significant digits, no more decimals than those. */
export function shortNumber(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e6) return String(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(2);
  return value.toFixed(Math.max(0, Math.min(4, 3 - Math.floor(Math.log10(size || 1)))));
}
