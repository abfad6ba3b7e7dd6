/** The contract of a way to choose what is tried next. `samplers.ts` is the table. */
import type { Random } from "../../core/random.ts";
import type { Parameter, Point } from "../search-space.ts";

/** What was tried, and how good it was: higher is better, NaN where it failed. */
export interface Tried {
  readonly point: Point;
  readonly score: number;
}

export interface Sampler {
  readonly name: string;
  readonly summary: string;
  /** The next points, at most `count`; none where there is nothing left to try. */
  next(
    space: readonly Parameter[],
    tried: readonly Tried[],
    count: number,
    random: Random,
  ): readonly Point[];
}
