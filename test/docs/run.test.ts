/** Examples in the README and the guides do what they say. */
import { expect, test } from "vitest";
import { parseConfig } from "../../src/config/load.ts";
import { fencesOf, pages, readPage } from "./fences.ts";
import { runPage, runs } from "./run-page.ts";

const guides = pages().filter((path) => path === "README.md" || path.startsWith("docs/guide/"));

test.each(guides.filter(runs))("%s runs", (path) => runPage(path), 180_000);

test.each(guides)("%s: every piece of configuration is valid", (path) => {
  for (const fence of fencesOf(readPage(path)).filter((f) => f.language === "yaml")) {
    const text = fence.lines.join("\n");
    const given = new Set([...text.matchAll(/^(\w+):/gm)].map((match) => match[1]));
    const rest = [
      given.has("data") ? "" : "data: rows.csv",
      given.has("tasks") ? "" : "tasks: [price, kind]",
    ];
    const file = `${path}:${fence.line}`;
    expect(() => parseConfig([text, ...rest].join("\n"), { file, format: "yaml" })).not.toThrow();
  }
});
