import { concat } from "./concat.ts";
import type { Fusion } from "./fusion.ts";

/** Every fusion, by name. */
export const fusions = { concat } as const satisfies Record<string, Fusion>;

export type FusionName = keyof typeof fusions;
