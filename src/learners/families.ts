import { baseline } from "./baseline/baseline.ts";
import type { Family } from "./learner.ts";
import { linear } from "./linear/linear.ts";
import { neural } from "./neural/neural.ts";

/** Every family of models, by name. */
export const families = {
  baseline,
  linear,
  neural,
} satisfies Record<string, Family>;

export type FamilyName = keyof typeof families;
