import { drawPoint } from "../search-space.ts";
import type { Sampler } from "./sampler.ts";

/** Every parameter drawn at random. @cite bergstra2012 */
export const random: Sampler = {
  name: "random",
  summary: "Draws every value at random.",
  next: (space, _, count, draws) => Array.from({ length: count }, () => drawPoint(space, draws)),
};
