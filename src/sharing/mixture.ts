/** Weighted sums of representations, as gates and stitches make them. */
import { stack } from "../compiler/compose.ts";
import { concat, type Tensor } from "../compiler/graph.ts";
import type { Builder } from "../nn/builder.ts";
import { linear } from "../nn/linear.ts";

/**
 * Weighted sums of the same parts: weights `[B, E]` each, or `[1, E]` each for all rows, E parts
 * `[B, H]` → a `[B, H]` for each weights. One product for all costs less than sums of products.
 */
export function mixtures(weights: readonly Tensor[], parts: readonly Tensor[]): Tensor[] {
  if (weights[0].shape[0] === 1) return recombine(concat(weights, 0), parts);
  const mixed = stack(weights, 1).matmul(stack(parts, 1));
  return weights.map((_, i) => mixed.slice(1, i, i + 1).squeeze(1));
}

/** A gate: a softmax of an affine map without a bias, `[B, experts]`. */
export function gate(builder: Builder, name: string, x: Tensor, experts: number): Tensor {
  return linear(builder, name, x, experts, { bias: false }).softmax();
}

/** Linear combinations with the same weights for every row: `[N, M]`, M parts `[B, H]` → N of them. */
export function recombine(matrix: Tensor, parts: readonly Tensor[]): Tensor[] {
  const [{ shape, size }] = parts;
  const flat = concat(
    parts.map((p) => p.reshape([1, size])),
    0,
  );
  const mixed = matrix.matmul(flat);
  return Array.from({ length: matrix.shape[0] }, (_, n) =>
    mixed.slice(0, n, n + 1).reshape([...shape]),
  );
}
