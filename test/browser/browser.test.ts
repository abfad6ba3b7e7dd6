/** The page of examples/browser gives what Node gives, for every kind of input and task. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exampleRows } from "../../examples/browser/rows.ts";
import { serve } from "../../examples/browser/server.ts";
import { Random } from "../../src/core/random.ts";
import { tableFromRows } from "../../src/data/from-rows.ts";
import * as polytask from "../../src/index.ts";
import type { EncodeContext } from "../../src/modalities/modality.ts";
import { viewOf } from "../../src/modalities/views.ts";
import type { Model } from "../../src/model/model.ts";
import { load } from "../../src/run/open.ts";

const executablePath = [
  process.env.CHROMIUM_PATH,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
].find((path) => path !== undefined && existsSync(path));

if (executablePath === undefined) {
  console.warn(
    "browser tests are skipped: no Chromium; install one, or set CHROMIUM_PATH to its program",
  );
}

const side = 8;

interface Row {
  readonly [column: string]: unknown;
  readonly picture: Uint8Array | null;
}

/** A picture of one colour with noise, of a given size; opaque, or translucent from place to place. */
function picture(random: Random, width: number, height: number, channels: 3 | 4, hue: number) {
  const pixels = Uint8Array.from({ length: width * height * channels }, (_, i) =>
    i % channels === 3
      ? random.integer(256)
      : Math.min(255, (i % channels === hue ? 160 : 30) + random.integer(80)),
  );
  return sharp(pixels, { raw: { width, height, channels } }).png().toBuffer();
}

/** Rows whose cells follow three hidden groups, with about one cell in eight missing. */
async function madeUpRows(seed: number, count: number): Promise<Row[]> {
  const random = Random.from(seed, "browser");
  const blank = <T>(value: T) => (random.integer(8) === 0 ? null : value);
  const notes = ["quick brown fox", "敏捷的棕色狐狸跳过懒狗", "Ein schneller Fuchs, naïve ☂"];
  const rows: Row[] = [];
  for (let i = 0; i < count; i++) {
    const group = random.integer(3);
    rows.push({
      picture: blank(new Uint8Array(await picture(random, side, side, 3, group))),
      note: blank(`${notes[group]} ${random.integer(5)}`),
      town: blank(["Oslo", "北京", "Perth"][(group + random.integer(2)) % 3]),
      size: blank(group * 100 + random.integer(40)),
      open: blank(group === 1),
      seen: blank(new Date(Date.UTC(2020 + group, random.integer(12), 1 + random.integer(28)))),
      price: blank(group * 10 + random.integer(30) / 10),
      fresh: blank(group > 0),
      kind: blank(["stone", "paper", "scissors"][group]),
      tags: blank([["red", "round"], ["round"], ["blue", "flat"]][group]),
      grade: blank(group + 1 + random.integer(2)),
      visits: blank(group * 3 + random.integer(3)),
    });
  }
  return rows;
}

async function trainedModel(rows: readonly Row[], folder: string): Promise<Model> {
  const trained = await polytask.train({
    data: rows,
    inputs: {
      picture: polytask.image({ height: side, width: side, filters: [4], size: 8 }),
      note: polytask.text({ buckets: 256, size: 8 }),
      town: polytask.category(),
      size: polytask.number({ bins: 4 }),
      open: polytask.boolean(),
      seen: polytask.datetime(),
    },
    tasks: {
      price: polytask.regression(),
      fresh: polytask.binary(),
      kind: polytask.multiclass(),
      tags: polytask.multilabel(),
      grade: polytask.ordinal(),
      visits: polytask.count(),
    },
    training: { epochs: 4, batchSize: 16 },
    seed: 3,
  });
  const path = join(folder, "model.onnx");
  trained.save(path);
  await trained.dispose();
  return load(path);
}

/** What crosses into the page and back: bytes in base64, dates as text. */
type Plain = Readonly<Record<string, unknown>>;

function plainRows(rows: readonly Row[]): Plain[] {
  return rows.map((row) => ({
    ...row,
    picture: row.picture && { base64: Buffer.from(row.picture).toString("base64") },
    seen: row.seen instanceof Date ? { time: row.seen.getTime() } : null,
  }));
}

interface Results {
  readonly outputs: Readonly<Record<string, Readonly<Record<string, readonly unknown[]>>>>;
  readonly predictions: readonly Readonly<Record<string, unknown>>[];
  /** Values of the ONNX inputs. */
  readonly feeds: Readonly<Record<string, readonly unknown[]>>;
}

/** The library as the page offers it. */
interface Hook {
  readonly polytask: {
    readonly model: Model;
    readonly tableFromRows: typeof tableFromRows;
    readonly viewOf: typeof viewOf;
  };
}

/** Runs in the page. */
async function resultsInPage(rows: readonly Plain[]): Promise<Results> {
  const { model, tableFromRows, viewOf } = (globalThis as unknown as Hook).polytask;
  const cells = rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => {
        const held = value as { base64?: string; time?: number } | null;
        if (typeof held?.base64 === "string")
          return [name, Uint8Array.from(atob(held.base64), (letter) => letter.charCodeAt(0))];
        if (typeof held?.time === "number") return [name, new Date(held.time)];
        return [name, value];
      }),
    ),
  );
  const table = tableFromRows(cells);
  const problem = (row: number, message: string) => {
    throw new Error(`row ${row}: ${message}`);
  };
  const context: EncodeContext = { baseDir: undefined, origin: "rows", firstRow: 0, problem };
  const feeds: Record<string, readonly unknown[]> = {};
  for (const input of model.inputs) {
    const column = table.columns.get(input.column);
    if (column === undefined) throw new Error(`no column ${input.column}`);
    const raw = await viewOf(input, model.metadata.view).raw(
      input.state,
      input.name,
      column,
      context,
    );
    for (const [name, tensor] of Object.entries(raw))
      feeds[name] = [...(tensor.data as Iterable<unknown>)].map(String);
  }
  const outputs = await model.outputs(table);
  return {
    feeds,
    outputs: Object.fromEntries(
      Object.entries(outputs).map(([task, values]) => [
        task,
        Object.fromEntries(
          Object.entries(values).map(([name, v]) => [name, [...(v as Iterable<unknown>)]]),
        ),
      ]),
    ),
    predictions: (await model.predictTable(table)) as Results["predictions"],
  };
}

/** The same in Node. */
async function resultsHere(model: Model, rows: readonly Row[]): Promise<Results> {
  Object.assign(globalThis, { polytask: { model, tableFromRows, viewOf } });
  return resultsInPage(plainRows(rows));
}

/** Largest difference of two lists of numbers, as a share of the largest value, at least of 1. */
function difference(a: readonly unknown[], b: readonly unknown[]): number {
  const [x, y] = [a.map(Number), b.map(Number)];
  const scale = Math.max(1, ...x.map(Math.abs));
  return Math.max(0, ...x.map((value, i) => Math.abs(value - y[i]))) / scale;
}

describe.skipIf(executablePath === undefined)("the page of examples/browser", () => {
  let folder: string;
  let model: Model;
  let site: Awaited<ReturnType<typeof serve>>;
  let browser: Browser;
  let page: Page;
  let rows: readonly Row[];
  const errors: string[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "polytask-browser-"));
    rows = await madeUpRows(1, 96);
    model = await trainedModel(rows, folder);
    const shown = await exampleRows(model, rows, { most: 12, note: "some rows" });
    site = await serve({ model: model.bytes, rows: shown });
    browser = await chromium.launch({
      executablePath,
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    });
    page = await browser.newPage();
    page.on("pageerror", (error) => errors.push(String(error)));
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) errors.push(message.text());
    });
    page.on("request", (request) => {
      const { protocol, origin } = new URL(request.url());
      if (protocol.startsWith("http") && origin !== new URL(site.url).origin)
        errors.push(`a request to ${request.url()}`);
    });
    page.on("response", (response) => {
      if (response.status() >= 400) errors.push(`${response.status()} ${response.url()}`);
    });
    await page.goto(site.url);
    // What the page says of itself tells more than that it did not open.
    await page.waitForSelector("body[data-ready]", { timeout: 100_000 }).catch((error) => {
      throw new Error(`${error.message}\n${errors.join("\n")}`);
    });
  }, 150_000);

  afterAll(async () => {
    await browser?.close();
    await site?.close();
    await model?.dispose();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  test("opens the model without an error, a warning or a request elsewhere", async () => {
    expect(await page.getAttribute("body", "data-ready")).toBe("true");
    expect(errors).toEqual([]);
  });

  test("every output equals Node's", async () => {
    const fresh = await madeUpRows(2, 40);
    const there = await page.evaluate(resultsInPage, plainRows(fresh));
    const here = await resultsHere(model, fresh);
    expect(there.feeds).toEqual(here.feeds);
    expect(Object.keys(there.outputs).sort()).toEqual([
      "fresh",
      "grade",
      "kind",
      "price",
      "tags",
      "visits",
    ]);
    for (const [task, outputs] of Object.entries(here.outputs)) {
      for (const [name, values] of Object.entries(outputs)) {
        const others = there.outputs[task][name];
        expect(others.length, `${task}.${name}`).toBe(values.length);
        if (typeof values[0] === "string") expect(others, `${task}.${name}`).toEqual(values);
        else expect(difference(values, others), `${task}.${name}`).toBeLessThan(1e-5);
      }
    }
    expect(there.predictions.map((p) => Object.keys(p))).toEqual(
      here.predictions.map((p) => Object.keys(p)),
    );
  });

  test("translucent pictures differ by one level at most, resized ones still decode", async () => {
    const random = Random.from(5);
    const others = await madeUpRows(4, 12);
    const translucent = await Promise.all(
      others.map(async (row, i) => ({
        ...row,
        picture: new Uint8Array(await picture(random, side, side, 4, i % 3)),
      })),
    );
    const there = await page.evaluate(resultsInPage, plainRows(translucent));
    const here = await resultsHere(model, translucent);
    const levels = here.feeds.picture.map((x, i) =>
      Math.abs(Number(x) - Number(there.feeds.picture[i])),
    );
    expect(Math.max(...levels)).toBeLessThanOrEqual(1);

    const large = [{ ...others[0], picture: new Uint8Array(await picture(random, 50, 20, 3, 1)) }];
    const resized = await page.evaluate(resultsInPage, plainRows(large));
    expect(resized.feeds["picture.present"]).toEqual(["1"]);
    // Contained: white bands above and below.
    expect(resized.feeds.picture.slice(0, 3)).toEqual(["255", "255", "255"]);
  });

  test("choosing a row and dropping a cell move the predictions", async () => {
    const price = page.locator(".task").nth(0).locator(".value");
    const kind = page.locator(".task").nth(2).locator(".bar-name").first();
    const shown = async (row: Row) => {
      const { predictions } = await resultsHere(model, [row]);
      const { price, kind } = predictions[0] as {
        price: { value: number };
        kind: { label: string };
      };
      return { price: Number(price.value.toPrecision(4)), kind: kind.label };
    };
    // exampleRows takes every eighth row.
    const chosen = rows[8 * 3];
    await page.locator("#rows button").nth(3).click();
    const whole = await shown(chosen);
    await expect.poll(async () => Number(await price.textContent())).toBeCloseTo(whole.price, 2);
    expect(await kind.textContent()).toBe(whole.kind);

    const dropped = await shown({ ...chosen, size: null, note: null });
    for (const column of ["size", "note"]) {
      const box = page.locator(".field", { has: page.locator(`b:text-is("${column}")`) });
      await box.locator("input[type=checkbox]").setChecked(false);
    }
    await expect.poll(async () => Number(await price.textContent())).toBeCloseTo(dropped.price, 2);
    expect(dropped.price).not.toBe(whole.price);
    expect(errors).toEqual([]);
  });
});
