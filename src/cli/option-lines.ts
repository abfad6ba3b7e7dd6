import type { OptionRow } from "../config/describe.ts";

/** Options as help prints them: path, what is taken, default, and below it what it is for. */
export function optionLines(rows: readonly OptionRow[], width: number): string {
  return rows
    .flatMap((row) => {
      const choices = Object.entries(row.when).map(([path, type]) => `${lastOf(path)} ${type}`);
      const facts = [
        row.expects,
        row.default === "" ? "" : `default ${row.default}`,
        choices.length === 0 ? "" : `for ${choices.join(", ")}`,
      ].filter((fact) => fact !== "");
      return [
        ...wrap(`${row.path}: ${facts.join("; ")}`, width, "  ", "      "),
        ...wrap(row.description, width, "      ", "      "),
      ];
    })
    .join("\n");
}

function lastOf(path: string): string {
  const parts = path.split(".").filter((part) => part !== "<name>");
  return parts[parts.length - 1];
}

/** Cuts a text between words into lines of at most `width` characters. */
export function wrap(text: string, width: number, first: string, next: string): string[] {
  const lines: string[] = [];
  let line = first;
  for (const word of text.split(" ")) {
    const started = line.trim() !== "";
    if (started && line.length + 1 + word.length > width) {
      lines.push(line);
      line = next + word;
    } else line += started ? ` ${word}` : word;
  }
  return [...lines, line];
}
