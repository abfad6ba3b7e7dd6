import type { Sharp } from "sharp";
import { show } from "../../core/errors.ts";
import type { Column } from "../../data/columns.ts";
import { mediaOfBytes } from "../../data/media.ts";
import { eachFile, type MediaWords } from "../media-cells.ts";
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

const words: MediaWords = {
  file: "a picture file",
  content: "a picture that can be decoded",
  fault: (message, bytes) => (bytes === undefined ? message : undecoded(bytes, message)),
};

/** Hands the encoded bytes of each picture to `visit`, as `eachFile` does. */
export function eachPicture(
  column: Column,
  context: EncodeContext,
  visit: (row: number, bytes: Uint8Array) => Promise<void>,
): Promise<Uint8Array> {
  return eachFile(column, context, words, visit);
}

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
