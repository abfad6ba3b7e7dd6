import { CompileError } from "../../core/errors.ts";
import type { OpTable } from "../op.ts";

const fed = "a source has no operands";

/** Where values enter: inputs, constants, and numbers hashed from a counter. */
export const source: Pick<OpTable, "input" | "const"> = {
  input: {
    summary: "A value fed at run time.",
    traits: ["source"],
    infer: (_, p) => ({ shape: p.shape, dtype: p.dtype }),
    vjp: { none: fed },
    onnx: { none: "inputs are declared by the emitter" },
    js: {
      kernel: () => {
        throw new CompileError("input: a fed value; got a call to compute it");
      },
    },
    samples: [],
  },
  const: {
    summary: "A constant.",
    traits: ["source"],
    infer: (_, p) => ({ shape: p.shape, dtype: p.dtype }),
    vjp: { none: fed },
    onnx: (emit, _, node) => emit.constant(node.params.value, node.shape, node.dtype),
    js: {
      kernel: (out, _, node) => {
        for (let i = 0; i < out.length; i++)
          out[i] = Number(node.params.value[node.params.value.length === 1 ? 0 : i]);
      },
    },
    samples: [
      { shapes: [], params: { value: Float64Array.of(1, -2, 0.5), shape: [3], dtype: "float32" } },
    ],
  },
};
