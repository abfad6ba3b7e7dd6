import type { Tensor } from "../compiler/graph.ts";
import type { Builder } from "./builder.ts";

/** Share of a batch's statistics in the running ones. */
const momentum = 0.1;

/**
 * Each column of `x [B, K]` with mean 0 and variance 1, without a gradient. Training uses the rows of the
 * batch where `there [B, 1]` is 1, and moves the buffers `name.mean`, `name.square` and `name.weight`
 * towards their statistics; evaluation uses the buffers.
 */
export function standardise(builder: Builder, name: string, x: Tensor, there: Tensor): Tensor {
  const k = x.shape[1];
  return builder.scope(name, () => {
    const mean = builder.buffer("mean", [k], 0);
    const square = builder.buffer("square", [k], 0);
    const weight = builder.buffer("weight", [1], 0);
    const fixed = x.stopGradient();
    if (!builder.training) {
      const seen = weight.value.maximum(1e-6);
      return scaled(fixed, mean.value.div(seen), square.value.div(seen));
    }
    const count = there.sum().maximum(1);
    const known = fixed.mul(there);
    const center = known.sum(0).div(count);
    const squares = known.mul(fixed).sum(0).div(count);
    const moved = (from: Tensor, to: Tensor) => from.mul(1 - momentum).add(to.mul(momentum));
    mean.update(moved(mean.value, center));
    square.update(moved(square.value, squares));
    weight.update(weight.value.mul(1 - momentum).add(momentum));
    return scaled(fixed, center, squares);
  });
}

function scaled(x: Tensor, mean: Tensor, square: Tensor): Tensor {
  const variance = square.sub(mean.square()).maximum(0);
  return x.sub(mean).div(variance.add(1e-6).sqrt());
}
