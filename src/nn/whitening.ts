import type { Tensor } from "../compiler/graph.ts";
import type { Builder } from "./builder.ts";

export interface WhiteningOptions {
  /** Added to every variance, as a share of their mean. Default 1e-3. */
  readonly ridge?: number;
  /** Share of a batch's statistics in the running ones. Default 0.1. */
  readonly momentum?: number;
}

/** Steps of the iteration below: enough for variances that differ by a factor of 10⁴. */
const steps = 18;

/**
 * Centres the rows of `x [B, K]` and turns them so that their covariance is the unit matrix. Training
 * uses the rows of the batch where `there [B, 1]` is 1, and moves the buffers `name.mean`,
 * `name.covariance` and `name.weight` towards their statistics; evaluation uses the buffers, so that a
 * row's result depends on that row alone.
 */
export function whitening(
  builder: Builder,
  name: string,
  x: Tensor,
  there: Tensor,
  options: WhiteningOptions = {},
): Tensor {
  const { ridge = 1e-3, momentum = 0.1 } = options;
  const k = x.shape[1];
  return builder.scope(name, () => {
    const mean = builder.buffer("mean", [k], 0);
    const covariance = builder.buffer("covariance", [k, k], 0);
    // How much of the running sums has been seen: they start at 0 and not at a guess.
    const weight = builder.buffer("weight", [1], 0);
    if (!builder.training) {
      const seen = weight.value.maximum(1e-6);
      const root = inverseRoot(covariance.value.div(seen), ridge);
      return x.sub(mean.value.div(seen)).matmul(root);
    }
    const count = there.sum().maximum(1);
    const center = x.mul(there).sum(0).div(count);
    const centered = x.sub(center).mul(there);
    const spread = centered.matmul(centered, { transposeA: true }).div(count);
    mean.update(moved(mean.value, center, momentum));
    covariance.update(moved(covariance.value, spread, momentum));
    weight.update(weight.value.mul(1 - momentum).add(momentum));
    return x.sub(center).matmul(inverseRoot(spread, ridge));
  });
}

function moved(from: Tensor, to: Tensor, share: number): Tensor {
  return from.mul(1 - share).add(to.stopGradient().mul(share));
}

/**
 * A^(−1/2) of a symmetric matrix with a ridge, by the coupled Newton–Schulz iteration, which needs
 * nothing but matrix products and is differentiated like them. @cite higham2008
 */
function inverseRoot(a: Tensor, ridge: number): Tensor {
  const [k] = a.shape;
  const identity = new Float64Array(k * k);
  for (let i = 0; i < k; i++) identity[i * k + i] = 1;
  const one = a.graph.constant(identity, [k, k]);
  const average = a.mul(one).sum().div(k).add(1e-8);
  const padded = a.add(one.mul(average.mul(ridge)));
  // The trace bounds the largest eigenvalue, so that the iteration converges.
  const trace = padded.mul(one).sum();
  let y = padded.div(trace);
  let z = one;
  for (let step = 0; step < steps; step++) {
    const turn = one.mul(3).sub(z.matmul(y)).mul(0.5);
    y = y.matmul(turn);
    z = turn.matmul(z);
  }
  return z.div(trace.sqrt());
}
