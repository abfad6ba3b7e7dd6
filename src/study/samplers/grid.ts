import { gridOf } from "../search-space.ts";
import type { Sampler } from "./sampler.ts";

/** Every combination, in order. */
export const grid: Sampler = {
  name: "grid",
  summary: "Tries every combination; five points of a range.",
  next(space, tried, count) {
    const seen = new Set(tried.map(({ point }) => JSON.stringify(point)));
    return gridOf(space)
      .filter((point) => !seen.has(JSON.stringify(point)))
      .slice(0, count);
  },
};
