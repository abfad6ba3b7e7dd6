/** Pictures that are unusual, damaged or none: what becomes of each. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32, deflateSync } from "node:zlib";
import sharp, { type Color } from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Random } from "../../core/random.ts";
import { columnFromCells } from "../../data/from-rows.ts";
import { encodeColumn, learnState, strictContext } from "../contract.ts";
import { image } from "./image.ts";

const random = Random.from(3, "odd pictures");

const plain = (width: number, height: number, background: Color, channels: 3 | 4 = 3) =>
  sharp({ create: { width, height, channels, background } });

const raw = (
  data: Uint8Array | Uint16Array,
  width: number,
  height: number,
  channels: 1 | 2 | 3 | 4,
) => sharp(data, { raw: { width, height, channels } });

const noisy = (width: number, height: number) =>
  raw(
    Uint8Array.from({ length: width * height * 3 }, () => random.integer(256)),
    width,
    height,
    3,
  );

/** Red, green and blue frames, as one animation. */
const frames = () => {
  const side = 8;
  const pixels = Uint8Array.from({ length: 3 * side * side * 3 }, (_, i) =>
    i % 3 === Math.floor(i / (side * side * 3)) ? 255 : 0,
  );
  return sharp(pixels, {
    raw: { width: side, height: 3 * side, channels: 3, pageHeight: side },
  });
};

/** A PNG whose header announces a size that its data do not have. */
function announcing(width: number, height: number): Buffer {
  const chunk = (type: string, data: Uint8Array) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2], 8);
  return Buffer.concat([
    Buffer.from("89504e470d0a1a0a", "hex"),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(Buffer.alloc(1000))),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

const svg = (width: number, height: number, content = "") =>
  Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${content}</svg>`,
  );

/** The mean colour that a picture is encoded to, in 8 × 8 pixels on white. */
async function colourOf(picture: Uint8Array, channels: 1 | 3 = 3): Promise<number[]> {
  const cells = columnFromCells("x", [picture], "bytes", { origin: "test", convert: false });
  const state = await learnState(image, { height: 8, width: 8, channels }, [cells]);
  expect(state.measured).toBe(1);
  const { pixels, present } = await encodeColumn(image.network, state, cells);
  expect([...present]).toEqual([1]);
  return Array.from({ length: channels }, (_, c) => {
    let sum = 0;
    for (let i = c; i < pixels.length; i += channels) sum += Number(pixels[i]);
    return sum / 64;
  });
}

const closeTo = (colour: readonly number[], expected: readonly number[], within: number) => {
  for (const [c, value] of colour.entries())
    expect(Math.abs(value - expected[c]), `${colour}`).toBeLessThanOrEqual(within);
};

const red = [255, 0, 0];

describe("pictures that are read", () => {
  test("of one pixel, and of one row", async () => {
    closeTo(await colourOf(await plain(1, 1, "#ff0000").png().toBuffer()), red, 0);
    // One row of eight is red, what is around it is white.
    closeTo(
      await colourOf(await plain(500, 1, "#ff0000").png().toBuffer()),
      [255, 223.1, 223.1],
      1,
    );
  });

  test("of 10,000 × 10,000 pixels, in every coding, one after the other", async () => {
    const large = () => plain(10_000, 10_000, "#ff0000");
    closeTo(await colourOf(await large().jpeg().toBuffer()), red, 2);
    closeTo(await colourOf(await large().png({ compressionLevel: 1 }).toBuffer()), red, 0);
  }, 60_000);

  test("CMYK, as JPEG and as TIFF, by a profile", async () => {
    const inks = () => plain(16, 16, "#ff0000").toColourspace("cmyk");
    // Red ink on paper is darker than red light, and differs from profile to profile.
    closeTo(await colourOf(await inks().jpeg({ quality: 100 }).toBuffer()), red, 40);
    closeTo(await colourOf(await inks().tiff().toBuffer()), red, 40);
    const [grey] = await colourOf(await inks().jpeg().toBuffer(), 1);
    expect(grey).toBeGreaterThan(50);
    expect(grey).toBeLessThan(160);
  });

  test("animations: the first frame", async () => {
    closeTo(
      await colourOf(
        await frames()
          .gif({ delay: [50, 50, 50] })
          .toBuffer(),
      ),
      red,
      0,
    );
    closeTo(await colourOf(await frames().webp({ lossless: true }).toBuffer()), red, 0);
  });

  test("translucent ones, over the background", async () => {
    const half = await plain(8, 8, { r: 255, g: 0, b: 0, alpha: 0.5 }, 4).png().toBuffer();
    closeTo(await colourOf(half), [255, 127.5, 127.5], 1);
    const pixels = Uint8Array.from({ length: 8 * 8 * 2 }, (_, i) => (i % 2 === 0 ? 0 : 64));
    const grey = await raw(pixels, 8, 8, 2).png().toBuffer();
    const expected = 255 * (1 - 64 / 255);
    closeTo(await colourOf(grey), [expected, expected, expected], 1);
    closeTo(await colourOf(grey, 1), [expected], 1);
  });

  test("of 16 bits, in colour and grey: the upper 8", async () => {
    const colour = Uint16Array.from({ length: 8 * 8 * 3 }, (_, i) => (i % 3 === 0 ? 40_000 : 300));
    const deep = raw(colour, 8, 8, 3).toColourspace("rgb16");
    closeTo(await colourOf(await deep.png().toBuffer()), [156.25, 1.17, 1.17], 2);
    const grey = raw(new Uint16Array(64).fill(40_000), 8, 8, 1).toColourspace("grey16");
    closeTo(await colourOf(await grey.png().toBuffer()), [156.25, 156.25, 156.25], 2);
    closeTo(await colourOf(await grey.clone().png().toBuffer(), 1), [156.25], 2);
  });

  test("with every orientation of EXIF: turned and mirrored upright", async () => {
    const [width, height] = [8, 4];
    // What is seen: red in the upper left quarter, blue in the upper right one, black below.
    const seen = (x: number, y: number) => (y >= height / 2 ? 0 : x < width / 2 ? 1 : 2);
    const stored: Readonly<Record<number, (x: number, y: number) => [number, number]>> = {
      1: (x, y) => [x, y],
      2: (x, y) => [width - 1 - x, y],
      3: (x, y) => [width - 1 - x, height - 1 - y],
      4: (x, y) => [x, height - 1 - y],
      5: (x, y) => [y, x],
      6: (x, y) => [width - 1 - y, x],
      7: (x, y) => [width - 1 - y, height - 1 - x],
      8: (x, y) => [y, height - 1 - x],
    };
    const upright = Array.from({ length: width * height }, (_, i) =>
      seen(i % width, Math.floor(i / width)),
    );
    for (const [orientation, place] of Object.entries(stored)) {
      const [w, h] = Number(orientation) > 4 ? [height, width] : [width, height];
      const pixels = Uint8Array.from({ length: w * h * 3 }, (_, i) => {
        const pixel = Math.floor(i / 3);
        const what = seen(...place(pixel % w, Math.floor(pixel / w)));
        return what !== 0 && i % 3 === (what === 1 ? 0 : 2) ? 255 : 0;
      });
      const picture = await raw(pixels, w, h, 3)
        .withMetadata({ orientation: Number(orientation) })
        .png()
        .toBuffer();
      const cells = columnFromCells("x", [picture], "bytes", { origin: "test", convert: false });
      const state = await learnState(image, {}, [cells]);
      const fitted = { ...state, width, height };
      const { pixels: encoded } = await encodeColumn(image.network, fitted, cells);
      const read = upright.map((_, i) =>
        Number(encoded[3 * i]) > 127 ? 1 : Number(encoded[3 * i + 2]) > 127 ? 2 : 0,
      );
      expect(read, `orientation ${orientation}`).toEqual(upright);
    }
  });

  test("SVG of 12,000 × 12,000 points, and one that refers to a file, which is not opened", async () => {
    closeTo(
      await colourOf(svg(12_000, 12_000, '<rect width="12000" height="12000" fill="#f00"/>')),
      red,
      0,
    );
    const referring = svg(8, 8, '<image href="file:///etc/passwd" width="8" height="8"/>');
    closeTo(await colourOf(referring), [255, 255, 255], 0);
  });
});

describe("cells that are none: missing, and told by row", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "odd-pictures-"));
    const jpeg = await noisy(64, 64).jpeg().toBuffer();
    const png = await noisy(64, 64).png().toBuffer();
    const flipped = Buffer.from(png);
    flipped[png.length >> 1] ^= 0xff;
    const entities = `<!DOCTYPE svg [<!ENTITY a0 "aaaaaaaaaa">${Array.from({ length: 9 }, (_, i) => `<!ENTITY a${i + 1} "${`&a${i};`.repeat(10)}">`).join("")}]>`;
    const files: Readonly<Record<string, string | Uint8Array>> = {
      "empty.png": "",
      "header.jpg": jpeg.subarray(0, jpeg.length / 10),
      "half.jpg": jpeg.subarray(0, jpeg.length / 2),
      "last-bytes.jpg": jpeg.subarray(0, jpeg.length - 30),
      "half.png": png.subarray(0, png.length / 2),
      "flipped.png": flipped,
      "page.jpg": "<!doctype html><p>404",
      "sound.png": "RIFF\x24\0\0\0WAVEfmt ",
      "old.bmp": `BM${"\0".repeat(60)}`,
      "bomb.png": announcing(60_000, 60_000),
      "bomb.svg": svg(30_000, 30_000),
      "entities.svg": entities + svg(8, 8, "<text>&a9;</text>").toString(),
      "no-size.svg": '<svg xmlns="http://www.w3.org/2000/svg"></svg>',
      "really-a-jpeg.png": jpeg,
      "really-a-png.txt": png,
    };
    for (const [name, content] of Object.entries(files))
      await writeFile(join(folder, name), content);
    await mkdir(join(folder, "folder.png"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const undecoded: Readonly<Record<string, string>> = {
    "empty.png": "it is empty",
    "header.jpg": "it is JPEG, damaged or cut short",
    "half.jpg": "it is JPEG, damaged or cut short",
    "last-bytes.jpg": "it is JPEG, damaged or cut short",
    "half.png": "it is PNG, damaged or cut short",
    "flipped.png": "it is PNG, damaged or cut short",
    "page.jpg": 'it begins with "<!doctyp", as no known format does',
    "sound.png": "it is WAV, which is not read",
    "old.bmp": "it is BMP, which is not read",
    "bomb.png": "it has more than 268 million pixels",
    "bomb.svg": "it has more than 268 million pixels",
    "entities.svg": "it is SVG, damaged or cut short",
    "no-size.svg": "it is SVG, damaged or cut short",
  };
  const expected: Readonly<Record<string, string>> = {
    "gone.png": 'a picture file; got "gone.png", which does not exist',
    "folder.png": 'a picture file; got "folder.png", which is a folder',
    ...Object.fromEntries(
      Object.entries(undecoded).map(([name, why]) => [
        name,
        `a picture that can be decoded; got "${name}" (${why})`,
      ]),
    ),
    "really-a-jpeg.png": "read",
    "really-a-png.txt": "read",
    " ": "missing",
  };
  const names = Object.keys(expected);

  test("of every kind, at their rows, and nothing else is changed", async () => {
    const cells = columnFromCells("x", names, "string", { origin: "test", convert: false });
    const problems: [number, string][] = [];
    const context = {
      ...strictContext,
      baseDir: folder,
      problem: (row: number, message: string) => problems.push([row, message]),
    };
    const state = await learnState(image, { height: 8, width: 8 }, [cells], context);
    expect(state).toMatchObject({ rows: names.length, measured: 2 });
    const { pixels, present } = await encodeColumn(image.network, state, cells, context);
    const messages = new Map(problems);
    for (const [row, name] of names.entries()) {
      const outcome = expected[name];
      expect(present[row], name).toBe(outcome === "read" ? 1 : 0);
      const told = outcome === "read" || outcome === "missing" ? undefined : outcome;
      expect(messages.get(row), name).toBe(told);
      const own = pixels.slice(row * 192, (row + 1) * 192);
      // A picture that failed half-way leaves nothing behind.
      expect(own.some((value) => Number(value) !== 0)).toBe(outcome === "read");
    }
    expect(problems.map(([row]) => row)).toEqual([...messages.keys()].sort((a, b) => a - b));
    const alone = names.filter((name) => expected[name] === "read");
    const few = columnFromCells("x", alone, "string", { origin: "test", convert: false });
    const again = await encodeColumn(image.network, state, few, context);
    for (const [i, name] of alone.entries()) {
      const row = names.indexOf(name);
      expect([...again.pixels.slice(i * 192, (i + 1) * 192)]).toEqual([
        ...pixels.slice(row * 192, (row + 1) * 192),
      ]);
    }
  });

  test("of bytes too", async () => {
    const cells = columnFromCells("x", [new Uint8Array(0), Uint8Array.of(1, 2, 3)], "bytes", {
      origin: "test",
      convert: false,
    });
    const messages: string[] = [];
    const problem = (_: number, message: string) => messages.push(message);
    const state = await learnState(image, {}, [cells]);
    const { present } = await encodeColumn(image.network, state, cells, {
      ...strictContext,
      problem,
    });
    expect([...present]).toEqual([0, 0]);
    expect(messages[0]).toBe("a picture that can be decoded; got 0 bytes (it is empty)");
    expect(messages[1]).toMatch(/^a picture that can be decoded; got 3 bytes \(it begins with /);
  });
});
