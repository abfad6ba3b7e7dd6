import type { Tensor } from "../compiler/graph.ts";
import { type ActivationName, activations } from "./activations.ts";
import { batchNorm } from "./batch-norm.ts";
import type { Builder } from "./builder.ts";
import { zeros } from "./initializers.ts";

export interface ConvBlockOptions {
  /** Number of filters: channels of the result. */
  readonly filters: number;
  /** Side of the square filter, odd. Default 3. */
  readonly kernel?: number;
  readonly norm?: "none" | "batch";
  readonly activation?: ActivationName;
  /** Side of the max-pooling window; 1 is none. Default 2, or 1 where the picture is smaller. */
  readonly pool?: number;
}

/**
 * Convolution (padded to keep the size), batch norm, activation, max-pooling:
 * `[B, C, H, W] → [B, filters, ⌊H/pool⌋, ⌊W/pool⌋]`. The filter is `name.weight [filters, C, k, k]`; a
 * bias is there only without norm, which has its own shift.
 */
export function convBlock(
  builder: Builder,
  name: string,
  x: Tensor,
  options: ConvBlockOptions,
): Tensor {
  const { filters, kernel = 3, norm = "batch", pool = 2 } = options;
  const { apply, initializer } = activations[options.activation ?? "relu"];
  const pad = (kernel - 1) / 2;
  return builder.scope(name, () => {
    const shape = [filters, x.shape[1], kernel, kernel];
    const weight = builder.parameter("weight", shape, initializer);
    let h = x.conv(weight, { pads: [pad, pad, pad, pad] });
    if (norm === "batch") h = batchNorm(builder, "norm", h);
    else {
      const bias = builder.parameter("bias", [filters], zeros, { decay: false });
      h = h.add(bias.reshape([1, filters, 1, 1]));
    }
    h = apply(h);
    const fits = Math.min(h.shape[2], h.shape[3]) >= pool;
    return pool > 1 && fits ? h.maxPool({ kernel: [pool, pool] }) : h;
  });
}
