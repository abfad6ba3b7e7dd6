import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import sharp from "sharp";

const largestSide = 128;

/** A small PNG of a picture cell as a data URI, or undefined where it cannot be read. */
export async function thumbnail(
  value: unknown,
  baseDir: string | undefined,
): Promise<string | undefined> {
  try {
    const bytes =
      value instanceof Uint8Array ? value : readFileSync(resolve(baseDir ?? ".", String(value)));
    const small = await sharp(bytes)
      .rotate()
      .resize({ width: largestSide, height: largestSide, fit: "inside", withoutEnlargement: true })
      .png()
      .toBuffer();
    return `data:image/png;base64,${small.toString("base64")}`;
  } catch {
    return undefined;
  }
}
