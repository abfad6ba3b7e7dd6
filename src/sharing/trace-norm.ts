import { stack } from "../compiler/compose.ts";
import type { Graph, Tensor } from "../compiler/graph.ts";

/** What is added to squared singular values, in units of their sum. */
const smoothing = 1e-5;

/** Steps after which the inverse square root is exact for eigenvalues down to the smoothing. */
const steps = 22;

/**
 * The sum of the trace norms Σ √(σ² + ε) of matrices `[T, P]` whose rows are few: a scalar. The
 * gradient is exact, (W Wᵀ + ε)^(−½) W, without differentiating the iteration. @cite higham2008
 */
export function traceNorm(matrices: readonly Tensor[]): Tensor {
  const grams = stack(matrices.map((w) => w.matmul(w, { transposeB: true })));
  const [count, size] = grams.shape;
  const fixed = grams.stopGradient();
  const unit = identity(grams.graph, size);
  const totals = fixed.mul(unit).sum([1, 2], { keepDims: true }).maximum(1e-30);
  const scaled = fixed.div(totals).add(unit.mul(smoothing));
  const inverse = inverseRoot(scaled, unit).div(totals.sqrt());
  // tr √A has the gradient ½ A^(−½): ½ ⟨A^(−½), A⟩ has that gradient, and half of the value.
  const whole = grams.add(unit.mul(totals.mul(smoothing))).reshape([count, size * size]);
  const half = inverse
    .stopGradient()
    .reshape([count, size * size])
    .mul(whole)
    .sum()
    .mul(0.5);
  return half.add(half.stopGradient());
}

function identity(graph: Graph, size: number): Tensor {
  const values = new Float64Array(size * size);
  for (let i = 0; i < size; i++) values[i * size + i] = 1;
  return graph.constant(values, [size, size]);
}

/** A^(−½) of positive matrices of trace near 1, by coupled Newton–Schulz steps. */
function inverseRoot(a: Tensor, unit: Tensor): Tensor {
  let root = a;
  let inverse = unit.expand(a.shape);
  for (let i = 0; i < steps; i++) {
    const correction = unit.mul(1.5).sub(inverse.matmul(root).mul(0.5));
    root = root.matmul(correction);
    inverse = correction.matmul(inverse);
  }
  return inverse;
}
