/** Convolution over the steps of sequences. */
import { affine } from "../compiler/compose.ts";
import { concat, type Tensor } from "../compiler/graph.ts";
import type { Builder, Initializer } from "./builder.ts";
import { he, zeros } from "./initializers.ts";

export interface ConvTimeOptions {
  /** Numbers a step of the result. */
  readonly filters: number;
  /** Steps that a filter sees. */
  readonly kernel: number;
  /** Steps from one that a filter sees to the next. Default 1. */
  readonly dilation?: number;
  /** Whether a step sees itself and earlier ones alone; otherwise it lies in the middle. Default false. */
  readonly causal?: boolean;
  /** Default `he`. */
  readonly initializer?: Initializer;
}

/**
 * A convolution that keeps the number of steps, with zeros beyond both ends: `[B, T, D] → [B, T, filters]`,
 * with parameters `name.weight [kernel·D, filters]`, the earliest step's rows first, and `name.bias`. The
 * steps that a filter sees are laid side by side, so that the whole is one matrix product.
 */
export function convTime(
  builder: Builder,
  name: string,
  x: Tensor,
  { filters, kernel, dilation = 1, causal = false, initializer = he }: ConvTimeOptions,
): Tensor {
  const [, steps, width] = x.shape;
  const reach = (kernel - 1) * dilation;
  const before = causal ? reach : Math.floor(reach / 2);
  return builder.scope(name, () => {
    const weight = builder.parameter("weight", [kernel * width, filters], initializer);
    const bias = builder.parameter("bias", [filters], zeros, { decay: false });
    const padded = x.pad([0, before, 0], [0, reach - before, 0]);
    const seen = Array.from({ length: kernel }, (_, k) =>
      padded.slice(1, k * dilation, k * dilation + steps),
    );
    return affine(seen.length === 1 ? x : concat(seen, 2), weight, bias);
  });
}
