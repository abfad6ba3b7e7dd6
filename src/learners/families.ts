import { baseline } from "./baseline/baseline.ts";
import type { Family } from "./learner.ts";

/** Every family of models, by name. */
export const families = {
  baseline,
} satisfies Record<string, Family>;

export type FamilyName = keyof typeof families;
