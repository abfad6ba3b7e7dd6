/** Functions made of primitives. */
import { ShapeError } from "../core/errors.ts";
import { normalizeAxis, showShape } from "../core/shape.ts";
import { concat, type ReduceOptions, type Tensor } from "./graph.ts";
import { type ScanStep, traceScanBody } from "./scan-body.ts";

/** x·σ(x), the sigmoid linear unit. */
export function silu(x: Tensor): Tensor {
  return x.mul(x.sigmoid());
}

/** `x · weight + bias` over the last axis: `[..., I], [I, O], [O] → [..., O]`. */
export function affine(x: Tensor, weight: Tensor, bias: Tensor): Tensor {
  if (x.rank === 2) return x.gemm(weight, bias);
  const inner = x.shape[x.rank - 1];
  return x
    .reshape([-1, inner])
    .gemm(weight, bias)
    .reshape([...x.shape.slice(0, -1), weight.shape[1]]);
}

/** Mean squared distance from the mean over `axes` (default all), divided by the number of elements. */
export function variance(
  x: Tensor,
  axes?: number | readonly number[],
  options: ReduceOptions = {},
): Tensor {
  const sum = x.sub(x.mean(axes, { keepDims: true })).sumSquares(axes, options);
  return sum.mul(sum.size / x.size);
}

/**
 * Batch normalisation with the statistics of the batch itself: `x [N, C, ...]`, `scale [C]`,
 * `shift [C]`. The variance divides by the number of elements (source: ioffe2015).
 * @returns the normalised x, and the statistics `[C]` for a running average.
 */
export function batchNormTrain(
  x: Tensor,
  scale: Tensor,
  shift: Tensor,
  epsilon = 1e-5,
): { y: Tensor; mean: Tensor; variance: Tensor } {
  const channels = x.shape[1];
  const spatial = x.shape.map((_, i) => i).slice(2);
  // First over each plane, then over the batch: the engine sums contiguous axes faster.
  const mean = x.mean(spatial).mean(0);
  const centred = x.sub(mean.reshape([channels, ...spatial.map(() => 1)]));
  const squares = spatial.length > 0 ? centred.sumSquares(spatial).sum(0) : centred.sumSquares(0);
  const spread = squares.mul(channels / x.size);
  return { y: x.batchNorm(scale, shift, mean, spread, epsilon), mean, variance: spread };
}

/**
 * Attention softmax(q·kᵀ/√d + mask)·v over the last two axes: `q [..., T, D]`, `k [..., S, D]`,
 * `v [..., S, E]` → `[..., T, E]`.
 * @param mask is added to the scores; it broadcasts to `[..., T, S]`. Use a large negative number,
 *   not −∞, so that a row without any allowed place stays finite.
 */
export function attention(q: Tensor, k: Tensor, v: Tensor, mask?: Tensor): Tensor {
  const scaled = q.mul(1 / Math.sqrt(q.shape[q.rank - 1]));
  const scores = scaled.matmul(k, { transposeB: true });
  return (mask ? scores.add(mask) : scores).softmax().matmul(v);
}

/**
 * Cross entropy −log softmax(logits)[id] of each row: `logits [..., K]`, `ids [...]` int32 → `[...]`.
 * Ids must lie in 0 … K−1: give rows without a label any id and weight 0.
 */
export function crossEntropy(logits: Tensor, ids: Tensor): Tensor {
  return logits.logSoftmax().takeAlong(ids.unsqueeze(-1)).squeeze(-1).neg();
}

/** Cross entropy of a logit and a target in [0, 1], elementwise, without overflow. */
export function binaryCrossEntropy(logits: Tensor, targets: Tensor): Tensor {
  return logits.softplus().sub(logits.mul(targets));
}

/**
 * Cuts a tensor along an axis into parts of the given sizes.
 * @throws ShapeError where the sizes do not add up to the axis.
 */
export function split(x: Tensor, sizes: readonly number[], axis = -1): Tensor[] {
  const at = normalizeAxis(axis, x.rank, "split");
  const total = sizes.reduce((a, b) => a + b, 0);
  if (total !== x.shape[at]) {
    throw new ShapeError(
      "SHAPE_MISMATCH",
      `split: sizes that add up to ${x.shape[at]}; got ${showShape(sizes)}`,
    );
  }
  let start = 0;
  return sizes.map((size) => {
    start += size;
    return x.slice(at, start - size, start);
  });
}

/** Joins tensors of one shape along a new axis. */
export function stack(tensors: readonly Tensor[], axis = 0): Tensor {
  const at = normalizeAxis(axis, tensors[0].rank + 1, "stack");
  return concat(
    tensors.map((t) => t.unsqueeze(at)),
    at,
  );
}

/**
 * A recurrence: `state ← step(state, this step's part of each sequence, constants)` for every step.
 * @param sequences tensors whose first axis, of one length T, counts the steps.
 * @returns the states after each step, `[T, ...state]`; those of `reverse` begin at the end.
 */
export function scan(
  step: ScanStep,
  state: Tensor,
  sequences: readonly Tensor[],
  constants: readonly Tensor[] = [],
  reverse = false,
): Tensor {
  const body = traceScanBody(state.graph.fresh(), step, state, sequences, constants);
  return state.graph.apply("scan", [state, ...sequences, ...constants], {
    body,
    sequences: sequences.length,
    reverse,
  });
}

/** Solves `A x = b` for a symmetric positive definite A: `[..., N, N], [..., N, M] → [..., N, M]`. */
export function solveSymmetric(a: Tensor, b: Tensor): Tensor {
  const factor = a.cholesky();
  return factor.triangularSolve(factor.triangularSolve(b), true);
}

/** log det A of a symmetric positive definite A: `[..., N, N] → [...]`. */
export function logDeterminant(a: Tensor): Tensor {
  const n = a.shape[a.rank - 1];
  const identity = a.graph.constant(
    Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0)),
    [n, n],
    a.dtype,
  );
  return a.cholesky().mul(identity).sum(-1).log().sum(-1).mul(2);
}
