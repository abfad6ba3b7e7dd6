import { z } from "zod";
import type { Random } from "../../core/random.ts";
import type { Augment } from "../modality.ts";

const share = (description: string) => z.number().min(0).max(1).default(0).describe(description);

/** How the pictures of a training batch are varied. */
export const augmentOptions = z
  .strictObject({
    flip: z.boolean().default(false).describe("Mirror half of the pictures, left to right."),
    shift: share("Move a picture by up to this share of its sides, and cut what leaves the frame."),
    zoom: share(
      "Enlarge a picture by up to this share of its size, around a place drawn at random.",
    ),
    brightness: share("Multiply all values by a number that differs from 1 by up to this."),
    contrast: share(
      "Multiply differences from a picture's mean by a number that differs from 1 by up to this.",
    ),
    colour: share(
      "Multiply each channel by a number of its own that differs from 1 by up to this.",
    ),
    cutout: share(
      "Side of a square, as a share of the picture's, that is painted over with the mean colour.",
    ),
  })
  .prefault({})
  .describe("How the pictures are varied while training; not at all by default.");

/** The pictures of a batch: their size, and the mean of each channel's values in 0 … 1. */
interface Frame {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly mean: readonly number[];
}

export type AugmentOptions = z.infer<typeof augmentOptions>;

/**
 * Varies pictures `[rows, height, width, channels]` in place, each by draws of its own: place, size and
 * mirror image in one resampling, then colours, then a square cut out. @cite devries2017, shorten2019
 */
export function augmentPictures(state: Frame, options: AugmentOptions): Augment | undefined {
  const { flip, shift, zoom, brightness, contrast, colour, cutout } = options;
  const moves = flip || shift > 0 || zoom > 0;
  const tints = brightness > 0 || contrast > 0 || colour > 0;
  if (!moves && !tints && cutout === 0) return undefined;
  const { height, width, channels } = state;
  const size = height * width * channels;
  return ([pixels], rows, random) => {
    const before = new Uint8Array(size);
    for (let row = 0; row < rows; row++) {
      const picture = (pixels as Uint8Array).subarray(row * size, (row + 1) * size);
      if (moves) {
        before.set(picture);
        move(before, picture, state, drawPlace(options, state, random));
      }
      if (tints) tint(picture, channels, options, random);
      if (cutout > 0) cut(picture, state, cutout, random);
    }
  };
}

/** Where a picture's places come from: x' = x·scale + left, and so for rows. */
interface Place {
  readonly scale: number;
  readonly left: number;
  readonly top: number;
  readonly mirrored: boolean;
}

/** A number from −1 to 1. */
const either = (random: Random) => 2 * random.uniform() - 1;

function drawPlace({ flip, shift, zoom }: AugmentOptions, state: Frame, random: Random): Place {
  const mirrored = flip && random.uniform() < 0.5;
  const scale = 1 / (1 + zoom * random.uniform());
  const { width, height } = state;
  return {
    mirrored,
    scale,
    left: (1 - scale) * random.uniform() * width + shift * width * either(random),
    top: (1 - scale) * random.uniform() * height + shift * height * either(random),
  };
}

/** Takes each pixel from its place before, between four of them; places outside repeat the edge. */
function move(from: Uint8Array, to: Uint8Array, state: Frame, place: Place): void {
  const { height, width, channels } = state;
  const { scale, left, top, mirrored } = place;
  for (let y = 0; y < height; y++) {
    const sy = Math.min(height - 1, Math.max(0, (y + 0.5) * scale + top - 0.5));
    const y0 = Math.floor(sy);
    const y1 = Math.min(height - 1, y0 + 1);
    const fy = sy - y0;
    for (let x = 0; x < width; x++) {
      const along = (x + 0.5) * scale + left - 0.5;
      const sx = Math.min(width - 1, Math.max(0, mirrored ? width - 1 - along : along));
      const x0 = Math.floor(sx);
      const x1 = Math.min(width - 1, x0 + 1);
      const fx = sx - x0;
      for (let c = 0; c < channels; c++) {
        const at = (row: number, column: number) => from[(row * width + column) * channels + c];
        const above = at(y0, x0) * (1 - fx) + at(y0, x1) * fx;
        const below = at(y1, x0) * (1 - fx) + at(y1, x1) * fx;
        to[(y * width + x) * channels + c] = Math.round(above * (1 - fy) + below * fy);
      }
    }
  }
}

function tint(
  picture: Uint8Array,
  channels: number,
  options: AugmentOptions,
  random: Random,
): void {
  const bright = 1 + options.brightness * either(random);
  const sharp = 1 + options.contrast * either(random);
  const factors = Array.from({ length: channels }, () => 1 + options.colour * either(random));
  let sum = 0;
  for (const value of picture) sum += value;
  const mean = sum / picture.length;
  for (let i = 0; i < picture.length; i++) {
    const value = ((picture[i] - mean) * sharp + mean) * bright * factors[i % channels];
    picture[i] = Math.min(255, Math.max(0, Math.round(value)));
  }
}

/** Paints a square over; its centre may lie at the edge, so that less of it shows. */
function cut(picture: Uint8Array, state: Frame, share: number, random: Random): void {
  const { height, width, channels, mean } = state;
  const [h, w] = [Math.round(share * height), Math.round(share * width)];
  const top = random.integer(height) - (h >> 1);
  const left = random.integer(width) - (w >> 1);
  for (let y = Math.max(0, top); y < Math.min(height, top + h); y++) {
    for (let x = Math.max(0, left); x < Math.min(width, left + w); x++) {
      for (let c = 0; c < channels; c++)
        picture[(y * width + x) * channels + c] = Math.round(255 * mean[c]);
    }
  }
}
