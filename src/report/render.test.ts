import { describe, expect, it } from "vitest";
import { syntheticRecord } from "./fixtures/synthetic-record.ts";
import type { RunRecord, TaskRecord } from "./record.ts";
import { renderReport } from "./render.ts";
import { sections } from "./sections.ts";

const record = syntheticRecord({ epochs: 8 });
const html = renderReport(record);

/** Elements that never have an end tag in HTML. */
const empty = new Set(["meta", "img", "br", "hr", "input", "link", "wbr", "col"]);

/** Walks the tags of a document and fails on the first that is not closed in order; returns how often each occurs. */
function balance(document: string): Map<string, number> {
  const counts = new Map<string, number>();
  const open: string[] = [];
  const body = document
    .replace(/^<!doctype html>\n/, "")
    .replace(/(<(style|script)>)[\s\S]*?(<\/\2>)/g, "$1$3");
  for (const [, close, name, rest] of body.matchAll(
    /<(\/?)([a-zA-Z][\w-]*)((?:"[^"]*"|[^">])*)>/g,
  )) {
    if (close) {
      expect(open.pop(), `</${name}> after ${open.slice(-4).join(" ")}`).toBe(name);
      continue;
    }
    counts.set(name, (counts.get(name) ?? 0) + 1);
    if (!empty.has(name) && !rest.endsWith("/")) open.push(name);
  }
  expect(open).toEqual([]);
  return counts;
}

/** The page without its own style and script: what came from the record. */
function content(document: string): string {
  return document.replace(/<style>[\s\S]*?<\/style>|<script>[\s\S]*?<\/script>/g, "");
}

/** The readable text of a page. */
function text(document: string): string {
  return content(document)
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ");
}

function withTask(change: Partial<TaskRecord>, index = 0): RunRecord {
  const tasks = record.tasks.map((task, k) => (k === index ? { ...task, ...change } : task));
  return { ...record, tasks };
}

describe("the document", () => {
  it("is one well-formed HTML document", () => {
    expect(html.startsWith("<!doctype html>\n<html")).toBe(true);
    expect(html.endsWith("</html>\n")).toBe(true);
    const tags = balance(html);
    for (const name of ["html", "head", "body", "main", "title", "style", "script"]) {
      const inSvg = name === "title" ? (html.match(/<title>/g) ?? []).length : 1;
      expect(tags.get(name), name).toBe(inSvg);
    }
  });

  it("has unique anchors, and every link leads to one", () => {
    const ids = [...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const links = [...html.matchAll(/ href="#([^"]*)"/g)].map(([, id]) => id);
    expect(links.length).toBeGreaterThan(sections.filter((one) => one.when(record)).length);
    for (const link of links) expect(ids).toContain(link);
  });

  it("refers to nothing outside of itself", () => {
    expect(html.replace(/xmlns="[^"]*"/g, "")).not.toMatch(
      /https?:\/\/|url\(|@import|<link|<iframe/i,
    );
    for (const [, src] of html.matchAll(/ src="([^"]*)"/g)) expect(src).toMatch(/^data:image\//);
    expect(html).toContain("default-src 'none'");
  });

  it("is the same for the same record, and for the record read back from JSON", () => {
    expect(renderReport(syntheticRecord({ epochs: 8 }))).toBe(html);
    expect(renderReport(JSON.parse(JSON.stringify(record)))).toBe(html);
    expect(renderReport(syntheticRecord({ epochs: 8, seed: 8 }))).not.toBe(html);
  });

  it("shows every section, with the model beside the baseline", () => {
    const shown = [...html.matchAll(/<section class="section" id="([^"]*)"/g)].map(([, id]) => id);
    expect(shown).toEqual(sections.filter((s) => s.when(record)).map(({ name }) => name));
    const always = [
      "summary",
      "learning",
      "metrics",
      "tasks",
      "worst",
      "quality",
      "inputs",
      "model",
    ];
    expect(shown).toEqual(expect.arrayContaining([...always, "reproduce"]));
    expect(text(html)).toContain("Learned all 4 tasks: better than the baseline on each.");
    const row = record.tasks[0].metrics.find((m) => m.part === "test" && m.metric === "accuracy");
    expect(html).toContain(row?.model?.toFixed(3));
    expect(html).toContain(row?.baseline?.toFixed(3));
  });

  it("never writes NaN, undefined, null or an object", () => {
    expect(text(html)).not.toMatch(/\bNaN\b|\bundefined\b|\bnull\b|\[object/);
    expect(content(html)).not.toMatch(/="[^"]*(NaN|undefined|Infinity)[^"]*"/);
  });
});

describe("hostile data", () => {
  const attack = `</script><script>alert(1)</script>"'><img src=x onerror=alert(1)>&amp;`;

  it("is escaped wherever a string of the record is shown", () => {
    const hostile = JSON.parse(JSON.stringify(record), (key, value) => {
      const kept = [
        "src",
        "part",
        "parts",
        "type",
        "better",
        "severity",
        "role",
        "metric",
        "primary",
      ];
      return typeof value === "string" && !kept.includes(key) ? attack + value : value;
    }) as RunRecord;
    const page = renderReport(hostile);
    const tags = balance(page);
    expect(tags.get("script")).toBe(1);
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(page).not.toContain("<img src=x");
    expect(page).toContain("&lt;script>alert(1)&lt;/script>");
  });

  it("draws pictures only from their own bytes", () => {
    const sources = [
      "https://example.org/x.png",
      "javascript:alert(1)",
      "data:image/svg+xml;base64,PHN2Zy8+",
      "data:text/html;base64,AAAA",
    ];
    const worst = sources.map((src, row) => ({
      task: "category",
      part: "test" as const,
      row,
      truth: "a",
      prediction: "b",
      loss: 1,
      cells: [{ column: "picture", type: "image" as const, src }],
    }));
    const page = renderReport({ ...record, worst });
    expect(content(page)).not.toContain("<img");
    expect(page.match(/no picture/g)).toHaveLength(sources.length);
  });

  it("draws recordings, and plays those that the record holds", () => {
    const [png, wav] = ["data:image/png;base64,AAAA", "data:audio/wav;base64,UklGRg=="];
    const sounds = [
      { picture: png, sound: wav },
      { picture: png },
      { picture: "https://example.org/x.png", sound: "https://example.org/x.wav" },
    ];
    const worst = sounds.map((sound, row) => ({
      task: "category",
      part: "test" as const,
      row,
      truth: "a",
      prediction: "b",
      loss: 1,
      cells: [{ column: "clip", type: "audio" as const, seconds: 1.25, ...sound }],
    }));
    const page = renderReport({ ...record, worst });
    balance(page);
    expect([...content(page).matchAll(/ src="([^"]*)"/g)].map(([, src]) => src)).toEqual([
      png,
      wav,
      png,
    ]);
    expect(page.match(/clip, 1\.25 s/g)?.length).toBeGreaterThanOrEqual(3);
    expect(page).toContain("media-src data:");
  });

  it("holds no control characters and no half characters", () => {
    const page = renderReport(withTask({ name: "a\u0000b\u0007c\ud800d" }));
    expect(page).toContain("a\ufffdb\ufffdc\ufffdd");
    expect(page).not.toMatch(/\p{Surrogate}/u);
  });

  it("takes task names that are properties of every object", () => {
    const page = renderReport({
      ...record,
      tasks: [{ ...record.tasks[0], name: "constructor" }],
      worst: [],
    });
    balance(page);
    expect(text(page)).not.toMatch(/\bNaN\b|function/);
  });
});

describe("runs of other shapes", () => {
  it("one task: no tabs", () => {
    const page = renderReport({ ...record, tasks: record.tasks.slice(3) });
    balance(page);
    expect(content(page)).not.toContain("data-tabs");
    expect(text(page)).toContain("Learned the task: better than the baseline.");
  });

  it("98 classes: every name, the most confused pairs, a cell for every count", () => {
    const { classes = [], details = [] } = record.tasks[1];
    expect(classes).toHaveLength(98);
    for (const name of classes) expect(html).toContain(`>${name}<`);
    const { confusion = [] } = details[1];
    const filled = confusion.flat().filter((rows) => rows > 0).length;
    const part = html.slice(html.indexOf('id="task-2"'), html.indexOf('id="task-3"'));
    expect(part.match(/<path class="heat"/g)).toHaveLength(filled);
    expect(part).toContain("Most confused");
  });

  it("300 classes with every cell filled: one shape a shade instead of 90,000 cells", () => {
    const classes = Array.from({ length: 300 }, (_, k) => `class ${k}`);
    const confusion = classes.map((_, t) =>
      classes.map((_, p) => (t === p ? 90 : 1 + ((t + p) % 3))),
    );
    const page = renderReport(
      withTask({ classes, details: [{ part: "test", rows: 9e5, confusion }] }),
    );
    balance(page);
    const part = page.slice(page.indexOf('id="task-1"'), page.indexOf('id="task-2"'));
    expect((part.match(/<path class="heat"/g) ?? []).length).toBeLessThanOrEqual(20);
  });

  it("many points become hexagons that hold all of them", () => {
    const truth = Array.from({ length: 5000 }, (_, k) => Math.sin(k));
    const predicted = truth.map((t, k) => t + 0.2 * Math.cos(k * 1.7));
    const page = renderReport(
      withTask(
        { details: [{ part: "test", rows: 5000, scatter: { truth, predicted, of: 90_000 } }] },
        3,
      ),
    );
    const part = page.slice(page.indexOf('id="task-4"'), page.indexOf('id="worst"'));
    const counts = [...part.matchAll(/<title>([\d,]+) rows?<\/title>/g)].map(([, n]) =>
      Number(n.replace(",", "")),
    );
    expect(counts.reduce((a, b) => a + b, 0)).toBe(5000);
    expect(text(part)).toContain("a sample of 5,000 from 90,000 rows");
  });

  it("no validation rows: results on test rows, and no validation columns", () => {
    const tasks = record.tasks.map((task) => ({
      ...task,
      labelled: { train: 900, test: 305 },
      metrics: task.metrics.filter((row) => row.part === "test"),
      details: task.details?.filter((detail) => detail.part === "test"),
    }));
    const page = renderReport({
      ...record,
      tasks,
      split: { rule: "random", rows: { train: 1143, test: 381 } },
    });
    balance(page);
    expect(page).not.toContain('class="group">validation</th>');
  });

  it("no scored rows at all: says so", () => {
    const tasks = record.tasks.map((task) => ({ ...task, metrics: [], details: [] }));
    const page = renderReport({ ...record, tasks, worst: [] });
    balance(page);
    expect(text(page)).toContain(
      "Not measured: no validation or test rows with labels for all 4 tasks.",
    );
  });

  it("NaN, infinite and missing measurements become a dash", () => {
    const metrics = record.tasks[0].metrics.map((row, k) => ({
      ...row,
      model: [Number.NaN, null, Number.POSITIVE_INFINITY][k % 3],
      baseline: undefined as unknown as null,
      interval: [Number.NaN, 1] as const,
    }));
    const broken = withTask({ metrics });
    const epochs = broken.history?.epochs.map((epoch) => ({
      ...epoch,
      trainLoss: { category: Number.NaN, subcategory: Number.POSITIVE_INFINITY },
      validation: {},
      learningRate: undefined,
    }));
    const page = renderReport({ ...broken, history: { epochs: epochs ?? [] } });
    balance(page);
    expect(text(page)).not.toMatch(/\bNaN\b|\bundefined\b|\bnull\b|Infinity|∞/);
    expect(content(page)).not.toMatch(/="[^"]*(NaN|undefined|Infinity)[^"]*"/);
    expect(text(page)).toContain(
      "Learned 3 of 4 tasks: better than the baseline on 3, 1 not measured.",
    );
  });

  it("one epoch is a table, not a curve", () => {
    const page = renderReport(syntheticRecord({ epochs: 1 }));
    balance(page);
    const part = page.slice(page.indexOf('id="learning"'), page.indexOf('id="metrics"'));
    expect(text(part)).toContain("One epoch was trained");
    expect(part).not.toContain("<svg");
    expect(part).toContain("<table>");
  });

  it("only what is required: the other sections are left out", () => {
    const { format, run, split, tasks } = record;
    const page = renderReport({
      format,
      run,
      split,
      tasks: tasks.slice(0, 1),
      config: "",
      inputs: [],
    });
    balance(page);
    const shown = [...page.matchAll(/<section class="section" id="([^"]*)"/g)].map(([, id]) => id);
    expect(shown).toEqual(["summary", "metrics", "tasks", "reproduce"]);
  });
});
