import { z } from "zod";
import { ConfigError, didYouMean, show } from "../core/errors.ts";
import { listNames } from "../data/columns.ts";
import { type ClassSource, spellClass } from "./class-labels.ts";

/** How much a row of each class counts in the loss. */
export const classWeightsOption = z
  .union([z.enum(["none", "balanced"]), z.record(z.string(), z.number().positive().finite())])
  .default("none")
  .describe(
    "How much rows of each class count in the loss: none (all 1), balanced (rows / (classes · rows of the class)), or a number a class; classes left out count 1.",
  );

export type ClassWeights = z.infer<typeof classWeightsOption>;

/**
 * A weight for each class.
 * @throws ConfigError for a weight of a class that does not occur.
 */
export function resolveClassWeights(
  option: ClassWeights,
  task: string,
  classes: readonly string[],
  counts: readonly number[],
  source: ClassSource,
): number[] {
  if (option === "none") return classes.map(() => 1);
  if (option === "balanced") {
    const rows = counts.reduce((sum, count) => sum + count, 0);
    return counts.map((count) => (count > 0 ? rows / (classes.length * count) : 1));
  }
  const weights = new Map(classes.map((name) => [name, 1]));
  for (const [key, weight] of Object.entries(option)) {
    const name = spellClass(key, source);
    if (!weights.has(name)) {
      const near = didYouMean(name, classes);
      throw new ConfigError(
        "CONFIG_INVALID",
        `task ${show(task)}, classWeights: classes among ${listNames(classes)}; got ${show(key)}`,
        { hint: near === undefined ? undefined : `did you mean ${show(near)}?` },
      );
    }
    weights.set(name, weight);
  }
  return classes.map((name) => weights.get(name) ?? 1);
}
