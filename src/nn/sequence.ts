/** Vectors in order, as many a row as it has: words, frames of a sound, steps of a series. */
import type { Tensor } from "../compiler/graph.ts";

/** Places that a row does not fill have mask 0; what their vectors hold must not matter. */
export interface Sequence {
  /** `[B, T, D]` */
  readonly values: Tensor;
  /** `[B, T]`: 1 where there is a vector, else 0. */
  readonly mask: Tensor;
}
