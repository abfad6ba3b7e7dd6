import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Sharp } from "sharp";
import { PolytaskError, show } from "../../core/errors.ts";
import type { Column } from "../../data/columns.ts";
import { mediaOfBytes } from "../../data/media.ts";
import type { EncodeContext } from "../modality.ts";

/** How pictures become arrays of equal size. */
export interface PictureFormat {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
  /** Colour under transparent places and around contained pictures, `#rrggbb`. */
  readonly background: string;
  readonly fit: "contain" | "cover" | "fill";
}

/** Pictures decoded at a time. */
const inFlight = 4;

type OpenSharp = (bytes: Uint8Array) => Sharp;

let opening: Promise<OpenSharp> | undefined;

/** Loads the decoder with the first picture, so that tables without any do not need it. */
function decoder(): Promise<OpenSharp> {
  opening ??= import("sharp").then(({ default: sharp }) => {
    sharp.cache(false);
    return (bytes) => sharp(bytes, { failOn: "error", sequentialRead: true, pages: 1 });
  });
  return opening;
}

/** Opens the first frame of a picture, turned upright as its EXIF data says. */
export async function openPicture(bytes: Uint8Array): Promise<Sharp> {
  return (await decoder())(bytes).autoOrient();
}

/** Decodes into uint8 rows of pixels, channels innermost. Grey is luminance. */
export async function decodePicture(bytes: Uint8Array, format: PictureFormat): Promise<Uint8Array> {
  const { height, width, channels, background, fit } = format;
  let picture = (await openPicture(bytes)).flatten({ background });
  picture = channels === 1 ? picture.grayscale() : picture.toColourspace("srgb");
  const { data, info } = await picture
    .resize({ width, height, fit, background })
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
  if (info.channels === channels) return data;
  const pixels = new Uint8Array(height * width * channels);
  for (let i = 0; i < height * width; i++) {
    for (let c = 0; c < channels; c++)
      pixels[i * channels + c] = data[i * info.channels + (c % info.channels)];
  }
  return pixels;
}

/**
 * Hands the encoded bytes of each picture to `visit`, four at a time. A cell is bytes or the path of a
 * file, relative to the table; one that cannot be read, or that `visit` throws at, is a problem.
 * @returns 1 for each row whose picture was visited.
 */
export async function eachPicture(
  column: Column,
  context: EncodeContext,
  visit: (row: number, bytes: Uint8Array) => Promise<void>,
): Promise<Uint8Array> {
  const done = new Uint8Array(column.length);
  const problems = new Map<number, string>();
  let next = 0;
  const work = async () => {
    while (next < column.length) {
      const row = next++;
      const source = pictureAt(column, row);
      if (source === null) continue;
      let bytes: Uint8Array | undefined;
      try {
        bytes = typeof source === "string" ? await load(source, context.baseDir) : source;
        await visit(row, bytes);
        done[row] = 1;
      } catch (error) {
        problems.set(row, reason(error, source, bytes));
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(inFlight, column.length) }, work));
  // Reported in order of rows, whichever picture was done first.
  for (const [row, message] of [...problems].sort(([a], [b]) => a - b))
    context.problem(row, message);
  return done;
}

function pictureAt(column: Column, row: number): Uint8Array | string | null {
  if (column.storage === "bytes") return column.values[row];
  if (column.storage !== "string" || column.codes[row] < 0) return null;
  return column.dictionary[column.codes[row]].trim() || null;
}

async function load(path: string, baseDir: string | undefined): Promise<Uint8Array> {
  return readFile(baseDir === undefined ? path : resolve(baseDir, path));
}

function reason(
  error: unknown,
  source: Uint8Array | string,
  bytes: Uint8Array | undefined,
): string {
  if (error instanceof PolytaskError) throw error;
  const { code, message } = error as { code?: unknown; message?: unknown };
  const what = typeof source === "string" ? show(source) : `${source.length} bytes`;
  if (code === "ENOENT") return `a picture file; got ${what}, which does not exist`;
  if (code === "EISDIR") return `a picture file; got ${what}, which is a folder`;
  if (code === "EACCES") return `a picture file that may be read; got ${what}`;
  const found = bytes === undefined ? firstLine(message) : undecoded(bytes, firstLine(message));
  return `a picture that can be decoded; got ${what} (${found})`;
}

const firstLine = (text: unknown) => String(text).split("\n")[0];

/**
 * What is wrong with bytes that were not decoded. The decoder's own words are of little use: pictures that
 * fail at the same time share them.
 */
function undecoded(bytes: Uint8Array, message: string): string {
  if (bytes.length === 0) return "it is empty";
  if (message.includes("pixel limit")) return "it has more than 268 million pixels";
  const start = String.fromCharCode(...bytes.subarray(0, 1024));
  const { format, kind } = mediaOfBytes(bytes);
  if (format === "unknown" && !start.includes("<svg"))
    return `it begins with ${show(start.slice(0, 8))}, as no known format does`;
  const name = format === "unknown" ? "SVG" : format.toUpperCase();
  if (kind === "audio" || format === "bmp") return `it is ${name}, which is not read`;
  return `it is ${name}, damaged or cut short`;
}
