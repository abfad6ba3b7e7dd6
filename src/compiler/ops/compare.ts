import { ShapeError } from "../../core/errors.ts";
import { broadcastShapes } from "../../core/shape.ts";
import type { OpRow, OpTable } from "../op.ts";
import { elementwiseType, unbroadcast } from "./broadcast.ts";

type Comparison = "gt" | "ge" | "lt" | "le" | "eq";

function comparison<K extends Comparison>(
  name: K,
  summary: string,
  onnx: string,
  symbol: string,
): OpRow<K> {
  return {
    summary,
    traits: name === "eq" ? ["elementwise", "commutative"] : ["elementwise"],
    infer: (inputs) => elementwiseType(name, inputs, "bool"),
    vjp: { none: "not a float" },
    onnx: (emit, inputs) => emit.node(onnx, inputs)[0],
    js: { expression: ([a, b]) => `(${a}${symbol}${b}?1:0)` },
    samples: [
      { shapes: [[2, 3], [3]], params: {}, domains: [{ integersBelow: 3 }, { integersBelow: 3 }] },
      {
        shapes: [[4], []],
        params: {},
        domains: [{ integersBelow: 3 }, { integersBelow: 3 }],
        dtypes: ["int32", "int32"],
      },
    ] as never,
  };
}

/** Comparisons (bool results) and the choice between two values. */
export const compare: Pick<OpTable, Comparison | "where"> = {
  gt: comparison("gt", "a > b", "Greater", ">"),
  ge: comparison("ge", "a ≥ b", "GreaterOrEqual", ">="),
  lt: comparison("lt", "a < b", "Less", "<"),
  le: comparison("le", "a ≤ b", "LessOrEqual", "<="),
  eq: comparison("eq", "a = b", "Equal", "==="),
  where: {
    summary: "condition ? a : b",
    traits: ["elementwise"],
    infer: ([condition, a, b]) => {
      if (condition.dtype !== "bool") {
        throw new ShapeError("DTYPE_MISMATCH", `where: a bool condition; got ${condition.dtype}`);
      }
      const type = elementwiseType("where", [a, b]);
      return { shape: broadcastShapes(condition.shape, type.shape, "where"), dtype: type.dtype };
    },
    // Multiplying by the cast mask is cheaper than choosing between g and zeros.
    vjp: (g, { inputs: [condition, a, b] }) => {
      const first = g.mul(condition.cast(g.dtype));
      return [null, unbroadcast(first, a.shape), unbroadcast(g.sub(first), b.shape)];
    },
    onnx: (emit, inputs) => emit.node("Where", inputs)[0],
    js: { expression: ([c, a, b]) => `(${c}!==0?${a}:${b})` },
    samples: [
      {
        shapes: [[2, 3], [2, 3], [3]],
        params: {},
        domains: [{ booleans: true }],
        dtypes: ["bool"],
      },
      { shapes: [[2, 1], [2, 3], []], params: {}, domains: [{ booleans: true }], dtypes: ["bool"] },
    ],
  },
};
