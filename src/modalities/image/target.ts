import { type Column, take } from "../../data/columns.ts";
import type { EncodeContext, Target } from "../modality.ts";
import { ElementMoments } from "../targets/element-moments.ts";
import { decodePicture, eachPicture, type PictureFormat } from "./decode.ts";
import type { ImageOptions } from "./state.ts";

/** Pictures decoded before their pixels are added up: those of a batch come in any order. */
const block = 256;

/** The pixels of a small picture as something to predict, from 0 to 1, in units of the deviation of all. */
export const imageTarget: Target<ImageOptions> = {
  learn({ channels, background, fit }, { pixels: side }) {
    const format: PictureFormat = { height: side, width: side, channels, background, fit };
    const width = side * side * channels;
    const moments = new ElementMoments(width);
    return {
      async add(column, context) {
        for (let from = 0; from < column.length; from += block) {
          const pictures = await decoded(column, format, from, block, context);
          for (let at = 0; at < pictures.length; at += width)
            moments.add(pictures.subarray(at, at + width));
        }
      },
      finish: () => ({
        form: "values",
        shape: [side, side, channels],
        mean: moments.mean.map(Math.fround),
        scale: moments.together,
        spread: moments.spread,
        shows: "picture",
        reading: format,
      }),
    };
  },
  async encode({ reading }, column, out, context) {
    out.set(await decoded(column, reading as PictureFormat, 0, column.length, context));
  },
};

/** Pixels from 0 to 1 of some rows, NaN where there is no picture. */
async function decoded(
  column: Column,
  format: PictureFormat,
  from: number,
  count: number,
  context: EncodeContext,
): Promise<Float64Array> {
  const rows = Math.min(count, column.length - from);
  const size = format.height * format.width * format.channels;
  const out = new Float64Array(rows * size).fill(Number.NaN);
  const part =
    rows === column.length
      ? column
      : take(
          column,
          Int32Array.from({ length: rows }, (_, i) => from + i),
        );
  await eachPicture(part, context, async (row, bytes) => {
    const pixels = await decodePicture(bytes, format);
    for (let i = 0; i < size; i++) out[row * size + i] = pixels[i] / 255;
  });
  return out;
}
