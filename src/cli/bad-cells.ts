import { show } from "../core/errors.ts";
import type { Terminal } from "./terminal.ts";

/** Cells shown one by one; the rest are counted. */
const shown = 3;

/** Collects cells that could not be read and says so once, at the end. */
export class BadCells {
  private readonly first: string[] = [];
  private count = 0;

  readonly add = (column: string, row: number, message: string): void => {
    this.count++;
    if (this.first.length < shown) {
      this.first.push(`row ${row + 1}, column ${show(column)}: ${message}`);
    }
  };

  report({ err }: Terminal): void {
    if (this.count === 0) return;
    const { yellow } = err.colors;
    err.write(`${yellow("warning:")} ${this.count} cells could not be read and count as missing\n`);
    for (const line of this.first) err.write(`  ${line}\n`);
    if (this.count > this.first.length) err.write(`  and ${this.count - this.first.length} more\n`);
  }
}
