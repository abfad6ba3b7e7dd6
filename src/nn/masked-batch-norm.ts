import type { Tensor } from "../compiler/graph.ts";
import type { Builder } from "./builder.ts";
import { ones, zeros } from "./initializers.ts";

const epsilon = 1e-5;
/** Share of a batch's statistics in the running ones. */
const momentum = 0.1;

/**
 * Batch norm of `x [B, C, T, M]` whose statistics are those of the places that `mask [B, 1, T, 1]` shows:
 * padding counts in no mean. What comes out elsewhere does not matter. Parameters and buffers are those of
 * `batchNorm`. @cite ioffe2015
 */
export function maskedBatchNorm(builder: Builder, name: string, x: Tensor, mask: Tensor): Tensor {
  return builder.scope(name, () => {
    const channels = x.shape[1];
    const shape = [channels];
    const scale = builder.parameter("scale", shape, ones, { decay: false });
    const shift = builder.parameter("shift", shape, zeros, { decay: false });
    const mean = builder.buffer("mean", shape, 0);
    const variance = builder.buffer("variance", shape, 1);
    if (!builder.training) return x.batchNorm(scale, shift, mean.value, variance.value, epsilon);
    const shown = x.mul(mask);
    const count = mask.sum().mul(x.shape[3]).maximum(1);
    const center = shown.sum([2, 3]).sum(0).div(count);
    // Each hidden place is 0 and so adds center² to the sum over all places.
    const hidden = count.neg().add(x.size / channels);
    const spread = shown
      .sub(center.reshape([channels, 1, 1]))
      .sumSquares([2, 3])
      .sum(0)
      .sub(center.square().mul(hidden))
      .maximum(0)
      .div(count);
    const unbiased = spread.mul(count.div(count.sub(1).maximum(1)));
    mean.update(towards(mean.value, center));
    variance.update(towards(variance.value, unbiased));
    return shown.batchNorm(scale, shift, center, spread, epsilon);
  });
}

function towards(from: Tensor, to: Tensor): Tensor {
  return from.mul(1 - momentum).add(to.stopGradient().mul(momentum));
}
