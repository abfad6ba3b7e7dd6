import { z } from "zod";
import { choice } from "../../core/choice.ts";
import { type Column, countMissing, take } from "../../data/columns.ts";
import type { EncodeContext, Learning } from "../modality.ts";
import { pretrainedImageConfig, pretrainedSummary } from "../pretrained/options.ts";
import { augmentOptions } from "./augment.ts";
import { decodePicture, eachPicture, openPicture, type PictureFormat } from "./decode.ts";

const nothing = z.strictObject({}).describe("Nothing to choose.");

/** What reads a picture's pixels. */
const encoders = {
  cnn: { config: nothing, summary: "A small convolutional network, trained with the rest." },
  resnet: {
    config: z.strictObject({
      depth: z
        .int()
        .min(1)
        .max(16)
        .default(1)
        .describe(
          "Residual blocks for each of `filters`; the first of each but the first halves the picture.",
        ),
    }),
    summary: "Residual blocks of convolutions with batch norms, and the mean over all places.",
  },
  pretrained: { config: pretrainedImageConfig, summary: pretrainedSummary },
};

export const imageOptions = z
  .strictObject({
    encoder: choice(encoders, "cnn", "How a network reads the picture."),
    height: z
      .int()
      .min(0)
      .max(1024)
      .default(0)
      .describe("Rows of pixels; 0 takes the median of the training pictures, at most 64."),
    width: z.int().min(0).max(1024).default(0).describe("As `height`, for columns of pixels."),
    channels: z
      .union([z.literal(1), z.literal(3)])
      .default(3)
      .describe("3 for colour, 1 for grey."),
    fit: z
      .enum(["contain", "cover", "fill"])
      .default("contain")
      .describe(
        "`contain` keeps the whole picture and its proportions, `cover` cuts, `fill` stretches.",
      ),
    background: z
      .string()
      .regex(/^#[0-9a-fA-F]{6}$/)
      .default("#ffffff")
      .describe("Colour under transparent places and around contained pictures, as #rrggbb."),
    filters: z
      .array(z.int().min(1).max(2048))
      .min(1)
      .max(8)
      .default([16, 32, 64])
      .describe("Filters of each convolution block; every block halves the picture."),
    activation: z
      .enum(["relu", "gelu", "silu", "tanh"])
      .default("relu")
      .describe("Non-linearity of the blocks."),
    pooling: z
      .enum(["mean", "flatten"])
      .default("flatten")
      .describe("What follows the blocks: the mean over all places, or every place by itself."),
    size: z.int().min(1).max(4096).default(64).describe("Numbers a picture is embedded in."),
    dropout: z
      .number()
      .min(0)
      .max(0.95)
      .default(0)
      .describe("Share of the numbers before the last layer that is dropped while training."),
    augment: augmentOptions,
  })
  .describe("A picture.");

export type ImageOptions = z.infer<typeof imageOptions>;

/** What is learned of a column of pictures. */
export interface ImageState extends PictureFormat {
  readonly rows: number;
  /** Cells without a picture; those that cannot be read come to light when they are encoded. */
  readonly missing: number;
  /** Pictures measured, of which the medians are taken. */
  readonly measured: number;
  /** Mean and deviation of each channel's values in 0 … 1. */
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

/** Pictures that are measured: the first readable ones. */
const measureLimit = 1_000;

/** Pictures looked at before asking whether there are enough. */
const measureStep = 64;

/** Side to which pictures are shrunk for measuring their colours. */
const measureSide = 16;

export function learnImage(options: ImageOptions): Learning<ImageState> {
  const { channels, background, fit } = options;
  const format = {
    height: measureSide,
    width: measureSide,
    channels,
    background,
    fit: "fill",
  } as const;
  const heights: number[] = [];
  const widths: number[] = [];
  const sums = new Float64Array(channels);
  const squares = new Float64Array(channels);
  let [rows, missing] = [0, 0];

  const measure = async (column: Column, context: EncodeContext) => {
    const found = new Map<
      number,
      { readonly sides: [number, number]; readonly pixels: Uint8Array }
    >();
    // Learning is quiet: the same cells are encoded later, and reported then.
    await eachPicture(column, { ...context, problem: () => {} }, async (row, bytes) => {
      const { autoOrient } = await (await openPicture(bytes)).metadata();
      const pixels = await decodePicture(bytes, format);
      found.set(row, { sides: [autoOrient.height, autoOrient.width], pixels });
    });
    for (let row = 0; row < column.length && heights.length < measureLimit; row++) {
      const picture = found.get(row);
      if (picture === undefined) continue;
      heights.push(picture.sides[0]);
      widths.push(picture.sides[1]);
      picture.pixels.forEach((value, i) => {
        const x = value / 255;
        sums[i % channels] += x;
        squares[i % channels] += x * x;
      });
    }
  };

  return {
    async add(column, context) {
      rows += column.length;
      missing += countMissing(column);
      for (let from = 0; from < column.length; from += measureStep) {
        if (heights.length >= measureLimit) return;
        const length = Math.min(measureStep, column.length - from);
        await measure(
          take(
            column,
            Int32Array.from({ length }, (_, i) => from + i),
          ),
          context,
        );
      }
    },
    finish() {
      const values = Math.max(1, heights.length) * measureSide * measureSide;
      const mean = [...sums].map((sum) => sum / values);
      const deviation = [...squares].map((sum, c) => {
        const d = Math.sqrt(Math.max(0, sum / values - mean[c] ** 2));
        return d > 1e-3 ? d : 1;
      });
      return {
        rows,
        missing,
        measured: heights.length,
        height: options.height || defaultSide(heights),
        width: options.width || defaultSide(widths),
        channels,
        background,
        fit,
        mean,
        deviation,
      };
    },
  };
}

/** The median, from 8 to 64, as a multiple of 4 so that it halves evenly. */
function defaultSide(sides: readonly number[]): number {
  if (sides.length === 0) return 32;
  const median = [...sides].sort((a, b) => a - b)[sides.length >> 1];
  return 4 * Math.round(Math.min(64, Math.max(8, median)) / 4);
}
