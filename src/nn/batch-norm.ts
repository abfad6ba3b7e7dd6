import { batchNormTrain } from "../compiler/compose.ts";
import type { Tensor } from "../compiler/graph.ts";
import type { Builder } from "./builder.ts";
import { ones, zeros } from "./initializers.ts";

export interface BatchNormOptions {
  readonly epsilon?: number;
  /** Share of a batch's statistics in the running ones. Default 0.1. */
  readonly momentum?: number;
}

/**
 * Normalises each channel (axis 1 of `[B, C]` or `[B, C, ...spatial]`) to mean 0 and variance 1, then
 * scales and shifts it by the parameters `name.scale [C]` and `name.shift [C]`. Training uses the
 * batch's statistics and moves the buffers `name.mean` and `name.variance` (unbiased) towards them;
 * evaluation uses the buffers. @cite ioffe2015
 */
export function batchNorm(
  builder: Builder,
  name: string,
  x: Tensor,
  options: BatchNormOptions = {},
): Tensor {
  const { epsilon = 1e-5, momentum = 0.1 } = options;
  return builder.scope(name, () => {
    const shape = [x.shape[1]];
    const scale = builder.parameter("scale", shape, ones, { decay: false });
    const shift = builder.parameter("shift", shape, zeros, { decay: false });
    const mean = builder.buffer("mean", shape, 0);
    const variance = builder.buffer("variance", shape, 1);
    if (!builder.training) return x.batchNorm(scale, shift, mean.value, variance.value, epsilon);
    const batch = batchNormTrain(x, scale, shift, epsilon);
    const count = x.size / shape[0];
    const unbiased = batch.variance.mul(count / Math.max(1, count - 1));
    mean.update(moveTowards(mean.value, batch.mean, momentum));
    variance.update(moveTowards(variance.value, unbiased, momentum));
    return batch.y;
  });
}

function moveTowards(from: Tensor, to: Tensor, share: number): Tensor {
  return from.mul(1 - share).add(to.stopGradient().mul(share));
}
