/** Links and paths in pages lead somewhere. */
import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";
import { pages, readPage, root } from "./fences.ts";

/** Anchors of the headings of a page, as GitHub makes them. */
function anchorsOf(text: string): Set<string> {
  const found = new Set<string>();
  const seen = new Map<string, number>();
  for (const [, heading] of withoutFences(text).matchAll(/^#{1,6}\s+(.+?)\s*$/gm)) {
    const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").replace(/[`*]/g, "");
    const slug = plain
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}\s_-]/gu, "")
      .replace(/\s/g, "-");
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    found.add(times === 0 ? slug : `${slug}-${times}`);
  }
  for (const [, id] of text.matchAll(/<a (?:id|name)="([^"]+)"/g)) found.add(id);
  return found;
}

function withoutFences(text: string): string {
  return text.replace(/^\s*```[\s\S]*?^\s*```\s*$/gm, "");
}

/** Links that lead nowhere. */
function brokenLinks(page: string): string[] {
  const text = withoutFences(readPage(page)).replace(/`[^`\n]*`/g, "");
  const broken: string[] = [];
  for (const [, target] of text.matchAll(/\]\(\s*<?([^)>\s]+)>?[^)]*\)/g)) {
    if (/^[a-z]+:/i.test(target)) continue;
    const [path, anchor] = target.split("#");
    const file = path === "" ? page : normalize(join(dirname(page), decodeURIComponent(path)));
    if (file.startsWith("..") || !existsSync(join(root, file))) broken.push(target);
    else if (anchor && file.endsWith(".md") && !anchorsOf(readPage(file)).has(anchor))
      broken.push(target);
  }
  return broken;
}

const folders = ["src", "docs", "examples", "test", "bench", "scripts"];
const pathLike = new RegExp(
  String.raw`(?<![\w./-])(?:${folders.join("|")})/[\w.{},*/+-]*[\w}*/]`,
  "g",
);

/** Paths of this repository that a page names and that are not there; `*` and `{a,b}` are patterns. */
function brokenPaths(page: string): string[] {
  return [...readPage(page).matchAll(pathLike)]
    .map(([path]) => path)
    .filter((path) => !isThere(path));
}

function isThere(path: string): boolean {
  const choices = /^(.*?)\{([^{}]*)\}(.*)$/.exec(path);
  if (choices) {
    const [, before, middle, after] = choices;
    return middle.split(",").every((one) => isThere(`${before}${one}${after}`));
  }
  if (!path.includes("*")) return existsSync(join(root, path));
  const [name, folder] = [basename(path), dirname(path)];
  if (folder.includes("*")) return isThere(folder);
  const pattern = new RegExp(`^${name.replace(/[.+]/g, "\\$&").replace(/\*+/g, ".*")}$`);
  return (
    existsSync(join(root, folder)) && readdirSync(join(root, folder)).some((n) => pattern.test(n))
  );
}

test.each(pages())("%s: every link leads somewhere", (page) => {
  expect(brokenLinks(page)).toEqual([]);
});

test.each(pages())("%s: every path that it names exists", (page) => {
  expect(brokenPaths(page)).toEqual([]);
});

test("a link, an anchor or a path that leads nowhere is found", () => {
  const page = "docs/reference/cli.md";
  expect(anchorsOf("# A `b`, c\n## Two words\n## Two words")).toEqual(
    new Set(["a-b-c", "two-words", "two-words-1"]),
  );
  expect(anchorsOf(readPage(page)).has("train")).toBe(true);
  expect(isThere("src/no-such-file.ts")).toBe(false);
  expect(isThere("src/tasks/{binary,nothing}.ts")).toBe(false);
  expect(isThere("src/tasks/{binary,count}.ts")).toBe(true);
  expect(isThere("docs/guide/*.nothing")).toBe(false);
});
