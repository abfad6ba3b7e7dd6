import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of the repository. */
export const root = fileURLToPath(new URL("../../", import.meta.url));

/** A fenced block of a page: what follows the opening fence, the lines within, and where they begin. */
export interface Fence {
  readonly language: string;
  /** Words after the language, such as `run` or `file=config.yaml`. */
  readonly marks: readonly string[];
  readonly lines: readonly string[];
  /** Number of the first line within, from 1. */
  readonly line: number;
}

/** The fenced blocks of a page in order. */
export function fencesOf(text: string): Fence[] {
  const fences: Fence[] = [];
  let open: { language: string; marks: string[]; lines: string[]; line: number } | undefined;
  text.split("\n").forEach((content, i) => {
    const fence = /^\s*```(.*)$/.exec(content);
    if (fence === null) open?.lines.push(content);
    else if (open) {
      fences.push(open);
      open = undefined;
    } else {
      const [language = "", ...marks] = fence[1].trim().split(/\s+/);
      open = { language, marks, lines: [], line: i + 2 };
    }
  });
  return fences;
}

const skipped = new Set(["node_modules", "dist", "runs", "generated", "fixtures"]);

/** Every page of the repository, as paths from its root. */
export function pages(folder = ""): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory())
      return skipped.has(entry.name) || entry.name.startsWith(".") ? [] : pages(path);
    return entry.name.endsWith(".md") ? [path] : [];
  });
}

export function readPage(path: string): string {
  return readFileSync(join(root, path), "utf8");
}
