import { equal } from "./equal.ts";
import { fixed } from "./fixed.ts";
import type { Weighting } from "./weighting.ts";

/** Every weighting, by name. */
export const weightings = { equal, fixed } as const satisfies Record<string, Weighting>;

export type WeightingName = keyof typeof weightings;
