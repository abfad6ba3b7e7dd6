import { ShapeError } from "../../core/errors.ts";
import { sameShape, showShape } from "../../core/shape.ts";
import type { Tensor } from "../graph.ts";
import type { OpTable } from "../op.ts";
import { requireFloat } from "./broadcast.ts";

const noOnnx = "ONNX has no triangular factor or solve: use the JavaScript target";

/** Keeps the lower triangle, its diagonal times `diagonal`. */
function lower(x: Tensor, diagonal: number): Tensor {
  const n = x.shape[x.rank - 1];
  const mask = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    mask.fill(1, i * n, i * n + i);
    mask[i * n + i] = diagonal;
  }
  return x.mul(x.graph.constant(mask, [n, n], x.dtype));
}

/** Factorises and solves small dense systems (JavaScript target only). */
export const algebra: Pick<OpTable, "cholesky" | "triangularSolve"> = {
  cholesky: {
    summary: "The lower-triangular L with L·Lᵀ = (A + Aᵀ)/2; NaN where A is not positive definite.",
    traits: [],
    infer: ([a]) => {
      requireFloat("cholesky", a);
      if (a.shape.length < 2 || a.shape.at(-1) !== a.shape.at(-2)) {
        throw new ShapeError(
          "SHAPE_MISMATCH",
          `cholesky: square matrices; got ${showShape(a.shape)}`,
        );
      }
      return a;
    },
    // Ā = sym(L⁻ᵀ Φ(Lᵀ L̄) L⁻¹), Φ the lower triangle with half its diagonal (Murray 2016).
    vjp: (g, { output: l }) => {
      const middle = lower(l.matmul(g, { transposeA: true }), 0.5);
      const left = l.triangularSolve(middle, true);
      const both = l.triangularSolve(left.transpose(), true);
      return [both.add(both.transpose()).mul(0.5)];
    },
    onnx: { none: noOnnx },
    js: {
      kernel: (out, [a], node) => {
        const n = node.shape.at(-1) as number;
        out.fill(0);
        for (let at = 0; at < a.length; at += n * n)
          for (let j = 0; j < n; j++)
            for (let i = j; i < n; i++) {
              let sum = 0.5 * (a[at + i * n + j] + a[at + j * n + i]);
              for (let k = 0; k < j; k++) sum -= out[at + i * n + k] * out[at + j * n + k];
              out[at + i * n + j] = i === j ? Math.sqrt(sum) : sum / out[at + j * n + j];
            }
      },
    },
    samples: [
      { shapes: [[3, 3]], params: {}, domains: [{ positiveDefinite: true }] },
      { shapes: [[2, 2, 2]], params: {}, domains: [{ positiveDefinite: true }] },
    ],
  },
  triangularSolve: {
    summary: "Solves L·x = b, or Lᵀ·x = b; what is above the diagonal of L is not read.",
    traits: [],
    infer: ([l, b]) => {
      requireFloat("triangularSolve", l);
      const fits =
        l.shape.length >= 2 &&
        l.shape.at(-1) === l.shape.at(-2) &&
        sameShape(l.shape.slice(0, -1), b.shape.slice(0, -1));
      if (!fits) {
        throw new ShapeError(
          "SHAPE_MISMATCH",
          `triangularSolve: [..., n, n] and [..., n, k]; got ${showShape(l.shape)} and ${showShape(b.shape)}`,
        );
      }
      return b;
    },
    // b̄ = L⁻ᵀ x̄ and L̄ = −tril(b̄ xᵀ); for the transposed system b̄ = L⁻¹ x̄ and L̄ = −tril(x b̄ᵀ).
    vjp: (g, { inputs: [l], output: x, params: { transpose } }) => {
      const db = l.triangularSolve(g, !transpose);
      const outer = transpose
        ? x.matmul(db, { transposeB: true })
        : db.matmul(x, { transposeB: true });
      return [lower(outer, 1).neg(), db];
    },
    onnx: { none: noOnnx },
    js: {
      kernel: (out, [l, b], node) => {
        const [n, columns] = node.shape.slice(-2);
        const { transpose } = node.params;
        for (let m = 0; m * n * columns < out.length; m++) {
          const [atL, atX] = [m * n * n, m * n * columns];
          for (let step = 0; step < n; step++) {
            const i = transpose ? n - 1 - step : step;
            for (let c = 0; c < columns; c++) {
              let sum = b[atX + i * columns + c];
              for (let before = 0; before < step; before++) {
                const k = transpose ? n - 1 - before : before;
                sum -= l[atL + (transpose ? k * n + i : i * n + k)] * out[atX + k * columns + c];
              }
              out[atX + i * columns + c] = sum / l[atL + i * n + i];
            }
          }
        }
      },
    },
    samples: [
      {
        shapes: [
          [3, 3],
          [3, 2],
        ],
        params: { transpose: false },
        domains: [{ positiveDefinite: true }],
      },
      {
        shapes: [
          [3, 3],
          [3, 1],
        ],
        params: { transpose: true },
        domains: [{ positiveDefinite: true }],
      },
      {
        shapes: [
          [2, 2, 2],
          [2, 2, 3],
        ],
        params: { transpose: true },
        domains: [{ positiveDefinite: true }],
      },
    ],
  },
};
