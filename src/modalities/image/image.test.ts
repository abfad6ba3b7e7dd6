import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp, { type Color } from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Graph } from "../../compiler/graph.ts";
import { compileJs } from "../../compiler/js/run.ts";
import { Random } from "../../core/random.ts";
import { sizeOf } from "../../core/shape.ts";
import { columnFromCells } from "../../data/from-rows.ts";
import { Builder } from "../../nn/builder.ts";
import { checkModality, encodeColumn, learnState, strictContext } from "../contract.ts";
import { image } from "./image.ts";

const column = (cells: readonly unknown[], storage: "bytes" | "string" = "bytes") =>
  columnFromCells("x", cells, storage, { origin: "test", convert: false });

/** A picture of one colour, possibly transparent. */
const plain = (width: number, height: number, background: Color) =>
  sharp({ create: { width, height, channels: 4, background } });

const red = await plain(12, 8, "#ff0000").png().toBuffer();
const clear = await plain(8, 12, { r: 0, g: 0, b: 255, alpha: 0 }).png().toBuffer();
const random = Random.from(8, "pixels");
const noise = Uint8Array.from({ length: 20 * 10 * 3 }, () => random.integer(256));
const noisy = await sharp(noise, { raw: { width: 20, height: 10, channels: 3 } })
  .png()
  .toBuffer();

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pictures-"));
  await writeFile(join(folder, "red.png"), red);
  await writeFile(join(folder, "half.png"), noisy.subarray(0, noisy.length / 2));
  await writeFile(join(folder, "notes.txt"), "not a picture");
});
afterAll(() => rm(folder, { recursive: true }));

describe("encoding", () => {
  test("passes the checks in colour and grey", async () => {
    const cells = column([red, null, clear, noisy, red]);
    for (const channels of [1, 3]) {
      const state = await checkModality(image, { channels, fit: "fill" }, cells, {
        tolerance: 1e-6,
      });
      expect(state).toMatchObject({ rows: 5, missing: 1, measured: 4, height: 12, width: 12 });
    }
  });

  test("keeps pixels as they are where the size fits", async () => {
    const state = await learnState(image, { width: 20, height: 10 }, [column([noisy])]);
    const { pixels } = await encodeColumn(image.network, state, column([noisy]));
    expect([...pixels]).toEqual([...noise]);
  });

  test("puts the background under transparent places and beside contained pictures", async () => {
    const options = { width: 6, height: 6, background: "#00ff00" };
    const state = await learnState(image, options, [column([red])]);
    const { pixels } = await encodeColumn(image.network, state, column([clear, red]));
    for (let i = 0; i < 36; i++) expect([...pixels.slice(3 * i, 3 * i + 3)]).toEqual([0, 255, 0]);
    expect([...pixels.slice(108, 111)]).toEqual([0, 255, 0]);
    expect([...pixels.slice(108 + 13 * 3, 108 + 14 * 3)]).toEqual([255, 0, 0]);
  });

  test("turns a photograph upright and reads every common format", async () => {
    const two = await sharp(Buffer.from([255, 0, 0, 0, 0, 255]), {
      raw: { width: 2, height: 1, channels: 3 },
    })
      .resize(16, 8, { kernel: "nearest" })
      .jpeg({ quality: 100, chromaSubsampling: "4:4:4" })
      .withMetadata({ orientation: 6 })
      .toBuffer();
    const state = await learnState(image, {}, [column([two])]);
    expect([state.height, state.width]).toEqual([16, 8]);
    const { pixels } = await encodeColumn(image.network, state, column([two]));
    expect(Number(pixels[0])).toBeGreaterThan(240);
    expect(Number(pixels[15 * 8 * 3 + 2])).toBeGreaterThan(240);

    const make = () => plain(8, 8, "#ff0000");
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><rect width="8" height="8" fill="#f00"/></svg>';
    const formats = await Promise.all([
      make().jpeg().toBuffer(),
      make().webp().toBuffer(),
      make().gif().toBuffer(),
      make().tiff().toBuffer(),
      make().toColourspace("rgb16").png().toBuffer(),
      make().grayscale().png().toBuffer(),
      Buffer.from(svg),
    ]);
    const encoded = await encodeColumn(
      image.network,
      { ...state, height: 1, width: 1 },
      column(formats),
    );
    expect([...encoded.present]).toEqual(formats.map(() => 1));
    formats.forEach((_, i) => {
      const grey = i === 5;
      const [r, g] = encoded.pixels.slice(3 * i, 3 * i + 2);
      if (grey) expect(r).toBe(g);
      else expect(Number(r) - Number(g)).toBeGreaterThan(245);
    });
  });

  test("resolves paths and says what cannot be read", async () => {
    const cells = column(
      ["red.png", "gone.png", "half.png", null, "notes.txt", ".", "", join(folder, "red.png")],
      "string",
    );
    const problems: [number, string][] = [];
    const context = {
      ...strictContext,
      baseDir: folder,
      problem: (row: number, message: string) => problems.push([row, message]),
    };
    const state = await learnState(image, {}, [cells], context);
    expect(state.measured).toBe(2);
    expect(problems).toEqual([]);
    const { present } = await encodeColumn(image.network, state, cells, context);
    expect([...present]).toEqual([1, 0, 0, 0, 0, 0, 0, 1]);
    expect(problems.map(([row]) => row)).toEqual([1, 2, 4, 5]);
    expect(problems[0][1]).toBe('a picture file; got "gone.png", which does not exist');
    expect(problems[1][1]).toMatch(/^a picture that can be decoded; got "half.png" \(.+\)$/);
    expect(problems[3][1]).toBe('a picture file; got ".", which is a folder');
  });

  test.each([[[]], [[null, null]], [[red]]])("takes degenerate columns", async (cells) => {
    await checkModality(image, {}, column(cells), { tolerance: 1e-6 });
  });
});

describe("features", () => {
  test("standardize, and end with the mean of each channel", async () => {
    const state = await learnState(image, {}, [column([red, noisy, clear])]);
    const { values } = await encodeColumn(image.features, state, column([noisy]));
    const [block] = image.features.blocks(state);
    if (block.kind !== "dense") throw new Error("a dense block");
    expect(values.length).toBe(257 * 3);
    expect(block.names.length).toBe(257 * 3);
    expect(block.names.at(-1)).toBe("mean blue");
    let sum = 0;
    for (let i = 2; i < 768; i += 3) sum += Number(values[i]);
    expect(values.at(-1)).toBeCloseTo(sum / 256, 5);
  });
});

describe("encoder", () => {
  test.each([
    [{ pooling: "flatten" }, 32 * 2 * 2 * 5 + 5],
    [{ pooling: "mean" }, 32 * 5 + 5],
  ])("reads pictures to features %o", async (options, last) => {
    const parsed = image.options.parse({ ...options, filters: [4, 32], size: 5 });
    const state = await learnState(image, { ...options, width: 8, height: 8 }, [
      column([red, noisy]),
    ]);
    const builder = new Builder(new Graph(), true);
    const pixels = builder.feed("pixels", [2, 8, 8, 3], "uint8");
    const present = builder.feed("present", [2, 1]);
    const { features: output } = image.network.encoder(builder, { pixels }, present, state, parsed);
    expect(output.shape).toEqual([2, 5]);
    const count = [...builder.parameters.values()].reduce((n, p) => n + sizeOf(p.shape), 0);
    expect(count).toBe(4 * 27 + 8 + 32 * 36 + 64 + last);
    const feeds: Record<string, ArrayLike<number>> = {};
    for (const spec of builder.parameters.values()) {
      const values = new Float32Array(sizeOf(spec.shape));
      spec.initialize(values, spec.shape, random);
      feeds[spec.name] = values;
    }
    const encoded = await encodeColumn(image.network, state, column([red, noisy]));
    feeds.pixels = encoded.pixels as Uint8Array;
    const [result] = compileJs([output]).run(feeds);
    expect(result.every(Number.isFinite)).toBe(true);
    expect(Math.max(...result.map(Math.abs))).toBeLessThan(50);
  });
});
