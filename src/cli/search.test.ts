import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { polytask as polytaskIn } from "./fixtures/recording.ts";

const colours = ["red", "green", "blue", "grey"];
const shades = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
  [0.5, 0.5, 0.5],
];

let dir: string;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "polytask-search-"));
  const lines = Array.from({ length: 120 }, (_, i) => {
    const [r, g, b] = shades[i % 4].map((x) => x + (i % 7) / 100);
    return `${r},${g},${b},${i % 13 === 6 ? "" : `${colours[i % 4]} paint <b>`}`;
  });
  writeFileSync(join(dir, "paint.csv"), `${["r,g,b,name", ...lines].join("\n")}\n`);
  writeFileSync(
    join(dir, "config.yaml"),
    `data: paint.csv
inputs: { r: number, g: number, b: number, name: { type: text, minCount: 1 } }
tasks: { match: { type: contrastive, inputs: [r+g+b, name], size: 8 } }
learner: { type: neural }
training: { epochs: 10, batchSize: 32, threads: 1 }
`,
  );
  expect((await polytask("train", "config.yaml", "--out", "run")).code).toBe(0);
}, 60_000);
afterAll(() => rmSync(dir, { recursive: true }));

const polytask = (...args: string[]) => polytaskIn(dir, ...args);

describe("polytask search", () => {
  it("ranks rows for a text", async () => {
    const { code, out } = await polytask(
      "search",
      join(dir, "run"),
      "paint.csv",
      "--text",
      "blue",
      "--json",
    );
    expect(code).toBe(0);
    const { task, from, of, found } = JSON.parse(out);
    expect([task, from, of]).toEqual(["match", "name", "r+g+b"]);
    expect(found).toHaveLength(10);
    for (const { row } of found) expect((row - 1) % 4).toBe(2);
  });

  it("ranks rows for a row, prints a table and draws a page", async () => {
    const { code, out } = await polytask(
      ...[
        "search",
        join(dir, "run"),
        "paint.csv",
        "--row",
        "2",
        "--top",
        "3",
        "--html",
        "found.html",
      ],
    );
    expect(code).toBe(0);
    expect(out).toMatch(/similarity\s+row\s+r\s+g\s+b\s+name/);
    expect(out.match(/green paint/g)).toHaveLength(3);
    const page = readFileSync(join(dir, "found.html"), "utf8");
    expect(page).toContain("green paint &lt;b>");
    expect(page).toContain("default-src 'none'");
  });

  it("shows in the report how rows are found", () => {
    const report = readFileSync(join(dir, "run", "report.html"), "utf8");
    expect(report).toContain("Finding one input from another");
    expect(report).toContain("its own · row");
    expect(report).toContain("Recall by rank");
    expect(report).not.toContain("paint <b>");
  });

  it.each([
    [[], "one of --text, --image and --row; got none"],
    [["--text", "a", "--row", "1"], "got --text and --row"],
    [["--image", "a.png"], "--image: a task with an input of type image"],
    [["--text", "a", "--of", "nome"], "--of: r+g+b or name; got"],
    [["--text", "a", "--task", "mach"], "did you mean match?"],
    [["--text", "a", "--top", "0"], "--top: a whole number from 1; got 0"],
    [["--row", "500"], "--row: a row from 1 to 120; got 500"],
  ])("%j is refused", async (options, message) => {
    const { code, err } = await polytask("search", join(dir, "run"), "paint.csv", ...options);
    expect(code).toBe(64);
    expect(err).toContain(message);
  });
});
