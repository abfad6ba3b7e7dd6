import type { Tensor } from "../compiler/graph.ts";
import { type ActivationName, activations } from "./activations.ts";
import { batchNorm } from "./batch-norm.ts";
import type { Builder } from "./builder.ts";

export interface ResidualConvOptions {
  /** Channels of the result. */
  readonly filters: number;
  /** Step of the first convolution over the picture: 2 halves its sides. Default 1. */
  readonly stride?: number;
  readonly activation?: ActivationName;
}

/**
 * A basic residual block `[B, C, H, W] → [B, filters, ⌈H/stride⌉, ⌈W/stride⌉]`: two 3×3 convolutions with
 * batch norms beside a shortcut, which is a 1×1 convolution where the shape changes. @cite he2016
 */
export function residualConvBlock(
  builder: Builder,
  name: string,
  x: Tensor,
  options: ResidualConvOptions,
): Tensor {
  const { filters, stride = 1 } = options;
  const { apply, initializer } = activations[options.activation ?? "relu"];
  const channels = x.shape[1];
  const conv = (of: Tensor, kernel: number, step: number, called: string) => {
    const shape = [filters, of.shape[1], kernel, kernel];
    const weight = builder.parameter(`${called}.weight`, shape, initializer);
    const pad = (kernel - 1) / 2;
    return of.conv(weight, { pads: [pad, pad, pad, pad], strides: [step, step] });
  };
  return builder.scope(name, () => {
    const inner = apply(batchNorm(builder, "first.norm", conv(x, 3, stride, "first")));
    const h = batchNorm(builder, "second.norm", conv(inner, 3, 1, "second"));
    const same = channels === filters && stride === 1;
    const shortcut = same ? x : batchNorm(builder, "shortcut.norm", conv(x, 1, stride, "shortcut"));
    return apply(h.add(shortcut));
  });
}
