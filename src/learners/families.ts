import { baseline } from "./baseline/baseline.ts";
import type { Family } from "./learner.ts";
import { linear } from "./linear/linear.ts";
import { neural } from "./neural/neural.ts";
import { stackingOf } from "./stacking/stacking.ts";

const single = { baseline, linear, neural } as const;

/** Every family of models, by name. */
export const families = {
  ...single,
  stacking: stackingOf(single as unknown as Readonly<Record<string, Family>>),
} satisfies Record<string, Family>;

export type FamilyName = keyof typeof families;
