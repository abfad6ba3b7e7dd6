import { type Carry, missingDrift, overlap, totalVariation } from "../carry.ts";
import type { CategoryOptions, CategoryState } from "./category.ts";

const countsOf = ({ categories, counts }: CategoryState): ReadonlyMap<string, number> =>
  new Map(categories.map((name, i) => [name, counts[i]]));

/** Known categories keep their rows and places, new ones are appended. */
export const carryCategory = (
  sizeFor: (categories: number) => number,
): Carry<CategoryState, CategoryOptions> => ({
  drift(from, to) {
    const [old, now] = [countsOf(from), countsOf(to)];
    let [seen, unknown] = [0, 0];
    for (const [name, count] of now) {
      seen += count;
      if (!old.has(name)) unknown += count;
    }
    return [
      totalVariation(old, now),
      { measure: "unknown", value: unknown / Math.max(1, seen), noise: 0 },
      missingDrift(from, to),
    ];
  },
  refit(from, to) {
    const [old, now] = [new Set(from.categories), countsOf(to)];
    const categories = [...from.categories, ...to.categories.filter((name) => !old.has(name))];
    return { ...to, categories, counts: categories.map((name) => now.get(name) ?? 0) };
  },
  // Ids: 0 is any other category, the last one a missing cell.
  rows(from, to) {
    const places = new Map(from.categories.map((name, i) => [name, i + 1]));
    const known = to.categories.map((name) => places.get(name) ?? -1);
    return { "embedding.table": Int32Array.from([0, ...known, from.categories.length + 1]) };
  },
  options: (from, options) => ({
    ...options,
    size: options.size || sizeFor(from.categories.length),
  }),
  vocabulary: (from, to) => overlap(new Set(from.categories), new Set(to.categories)),
});
