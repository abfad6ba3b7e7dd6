import type { OnnxBuilder } from "../compiler/onnx/builder.ts";
import { dtypeCode } from "../compiler/onnx/tensor-data.ts";
import type { Column } from "../data/columns.ts";
import type { EncodeContext, FeatureView } from "./modality.ts";

/** How a modality whose cells are one number each becomes a few numbers a row. */
export interface ScalarCoding<State> {
  /** The cells as numbers, NaN where missing; reports cells that cannot be one. */
  cells(column: Column, context: EncodeContext): Float64Array;
  /** What the numbers of a row are, less the missing indicator. */
  names(state: State): readonly string[];
  /** Training cells that were missing: where some were, an indicator is the last number of a row. */
  missing(state: State): number;
  /** Writes the numbers of a cell that is there. */
  write(state: State, x: number, out: Float32Array, at: number): void;
  /** Emits `write` for float64 `[rows, 1]`: ONNX values float64 `[rows, *]`, side by side. */
  emit(state: State, x: string, onnx: OnnxBuilder): readonly string[];
}

/**
 * A view with one feed `values` and one ONNX input, float64 `[rows, 1]` with NaN for a missing cell.
 * A missing cell leaves zeros and 1 in the indicator, which exists where training cells were missing.
 */
export function scalarView<State>(coding: ScalarCoding<State>): FeatureView<State> {
  const width = (state: State) => coding.names(state).length + (coding.missing(state) > 0 ? 1 : 0);
  return {
    feeds: (state) => [{ name: "values", dtype: "float32", shape: [width(state)] }],

    blocks: (state) => [
      {
        kind: "dense",
        feed: "values",
        names: [...coding.names(state), ...(coding.missing(state) > 0 ? ["missing"] : [])],
      },
    ],

    encode(state, column, out, present, context) {
      const values = out[0] as Float32Array;
      const step = width(state);
      const indicator = coding.missing(state) > 0;
      const cells = coding.cells(column, context);
      for (let row = 0, at = 0; row < cells.length; row++, at += step) {
        const x = cells[row];
        if (Number.isNaN(x)) {
          values.fill(0, at, at + step);
          if (indicator) values[at + step - 1] = 1;
          present[row] = 0;
        } else {
          coding.write(state, x, values, at);
          if (indicator) values[at + step - 1] = 0;
          present[row] = 1;
        }
      }
    },

    boundary(state, name, onnx, rows) {
      const toFloat = { attributes: { to: { int: dtypeCode("float32") } } };
      const input = onnx.input(name, "float64", [rows, 1]);
      const [absent] = onnx.node("IsNaN", [input]);
      const [there] = onnx.node("Not", [absent]);
      const [present] = onnx.node("Cast", [there], toFloat);
      const [filled] = onnx.node("Where", [absent, onnx.scalar(0, "float64"), input]);
      const parts = coding.emit(state, filled, onnx).map((part) => {
        const [float] = onnx.node("Cast", [part], toFloat);
        return onnx.node("Where", [absent, onnx.scalar(0), float])[0];
      });
      if (coding.missing(state) > 0) parts.push(onnx.node("Cast", [absent], toFloat)[0]);
      const [values] =
        parts.length === 1
          ? parts
          : onnx.node("Concat", parts, { attributes: { axis: { int: 1 } } });
      return { feeds: { values }, present };
    },

    async raw(_, name, column, context) {
      const data = coding.cells(column, context);
      return { [name]: { dtype: "float64", dims: [data.length, 1], data } };
    },
  };
}
