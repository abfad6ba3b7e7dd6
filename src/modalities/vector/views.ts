import { dtypeCode } from "../../compiler/onnx/tensor-data.ts";
import type { Column } from "../../data/columns.ts";
import type { EncodeContext, FeatureView } from "../modality.ts";
import { vectorAt } from "./cells.ts";
import type { VectorState } from "./state.ts";

/** Writes what the network sees of a vector; an element that is missing stands at its mean. */
function write(state: VectorState, numbers: Float64Array, out: Float32Array, at: number): void {
  const { mean, scale, clip, normalize } = state;
  let length = 1;
  if (normalize === "unit") {
    let squares = 0;
    for (const x of numbers) if (!Number.isNaN(x)) squares += x * x;
    length = Math.sqrt(squares) || 1;
  }
  for (let i = 0; i < numbers.length; i++) {
    const x = Number.isNaN(numbers[i]) ? mean[i] : numbers[i];
    const z = (x - mean[i]) / scale[i] / length;
    out[at + i] = clip > 0 ? Math.min(Math.max(z, -clip), clip) : z;
  }
}

/** Elements side by side, NaN where they or the whole vector are missing. */
function cells(state: VectorState, column: Column, context: EncodeContext): Float64Array {
  const { size } = state;
  const data = new Float64Array(column.length * size).fill(Number.NaN);
  for (let row = 0; row < column.length; row++) {
    const numbers = vectorAt(column, row, context, size);
    if (numbers) data.set(numbers, row * size);
  }
  return data;
}

/** The elements, standardized: one feed and one ONNX input, float64 `[rows, size]` with NaN for what is missing. */
export const vectorView: FeatureView<VectorState> = {
  feeds: ({ size }) => [{ name: "values", dtype: "float32", shape: [size] }],

  blocks: ({ size }) => [
    {
      kind: "dense",
      feed: "values",
      names: Array.from({ length: size }, (_, i) => `element ${i + 1}`),
    },
  ],

  encode(state, column, [values], present, context) {
    const { size } = state;
    values.fill(0 as never, 0, column.length * size);
    for (let row = 0; row < column.length; row++) {
      const numbers = vectorAt(column, row, context, size);
      present[row] = numbers ? 1 : 0;
      if (numbers) write(state, numbers, values as Float32Array, row * size);
    }
  },

  boundary(state, name, onnx, rows) {
    const { size, mean, scale, clip, normalize } = state;
    const emit = (type: string, inputs: readonly string[], attributes = {}) =>
      onnx.node(type, inputs, { attributes })[0];
    const toFloat = { to: { int: dtypeCode("float32") } };
    const double = (x: number) => onnx.scalar(x, "float64");
    const list = (of: readonly number[]) => onnx.constant("float64", [size], Float64Array.from(of));
    const input = onnx.input(name, "float64", [rows, size]);
    const absent = emit("IsNaN", [input]);
    const there = emit("Cast", [emit("Not", [absent])], toFloat);
    const present = emit("ReduceMax", [there, onnx.int64s([1])]);
    const filled = emit("Where", [absent, list(mean), input]);
    let z = emit("Div", [emit("Sub", [filled, list(mean)]), list(scale)]);
    if (normalize === "unit") {
      const squares = emit("ReduceSum", [emit("Mul", [z, z]), onnx.int64s([1])]);
      const none = emit("Equal", [squares, double(0)]);
      z = emit("Div", [z, emit("Where", [none, double(1), emit("Sqrt", [squares])])]);
    }
    if (clip > 0) z = emit("Clip", [z, double(-clip), double(clip)]);
    const values = emit("Cast", [z], toFloat);
    return { feeds: { values }, present };
  },

  async raw(state, name, column, context) {
    const data = cells(state, column, context);
    return { [name]: { dtype: "float64", dims: [column.length, state.size], data } };
  },
};
