import { type Carry, missingDrift } from "../carry.ts";
import type { ImageOptions, ImageState } from "./state.ts";

const brightness = ({ mean }: ImageState) => mean.reduce((a, b) => a + b, 0) / mean.length;

/** Pictures keep their size, which the encoder was made for; colours may be measured anew. */
export const carryImage: Carry<ImageState, ImageOptions> = {
  drift: (from, to) => [
    {
      measure: "brightness",
      value: to.measured > 0 ? Math.abs(brightness(from) - brightness(to)) : 0,
      noise: 0,
    },
    missingDrift(from, to),
  ],
  refit: (from, to) => ({ ...to, height: from.height, width: from.width }),
  options: (from, options) => ({ ...options, height: from.height, width: from.width }),
};
