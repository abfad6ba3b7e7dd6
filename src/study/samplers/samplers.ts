import { grid } from "./grid.ts";
import { random } from "./random.ts";
import type { Sampler } from "./sampler.ts";
import { tpe } from "./tpe.ts";

/** Every way to choose what is tried next. */
export const samplers = { random, grid, tpe } satisfies Record<string, Sampler>;

export type SamplerName = keyof typeof samplers;
