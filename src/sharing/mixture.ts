/** Weighted sums of representations, as gates and stitches make them. */
import { concat, type Tensor } from "../compiler/graph.ts";
import type { Builder } from "../nn/builder.ts";
import { linear } from "../nn/linear.ts";

/** Σ_e weights[:, e] · parts[e]: weights `[B, E]` (or `[1, E]`), E parts `[B, H]` → `[B, H]`. */
export function mix(weights: Tensor, parts: readonly Tensor[]): Tensor {
  return parts
    .map((part, e) => part.mul(weights.slice(1, e, e + 1)))
    .reduce((sum, part) => sum.add(part));
}

/**
 * Experts weighed by a softmax of an affine map of `x` without a bias; a single expert needs no gate.
 */
export function gatedMix(
  builder: Builder,
  name: string,
  x: Tensor,
  experts: readonly Tensor[],
): Tensor {
  if (experts.length === 1) return experts[0];
  const gate = linear(builder, name, x, experts.length, { bias: false }).softmax();
  return mix(gate, experts);
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
