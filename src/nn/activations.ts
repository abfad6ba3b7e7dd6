import { silu } from "../compiler/compose.ts";
import type { Tensor } from "../compiler/graph.ts";
import type { Initializer } from "./builder.ts";
import { he, xavier } from "./initializers.ts";

export interface Activation {
  readonly apply: (x: Tensor) => Tensor;
  /** The initializer of the weights before it. */
  readonly initializer: Initializer;
  readonly summary: string;
}

/** Elementwise non-linearities by name. */
export const activations = {
  relu: { apply: (x) => x.relu(), initializer: he, summary: "max(0, x)" },
  gelu: { apply: (x) => x.gelu(), initializer: he, summary: "x·Φ(x), exact" },
  silu: { apply: silu, initializer: he, summary: "x·σ(x)" },
  tanh: { apply: (x) => x.tanh(), initializer: xavier, summary: "hyperbolic tangent" },
  none: { apply: (x) => x, initializer: xavier, summary: "the identity" },
} as const satisfies Record<string, Activation>;

export type ActivationName = keyof typeof activations;
