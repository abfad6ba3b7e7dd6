import type { OnnxBuilder } from "../../compiler/onnx/builder.ts";
import type { ScalarCoding } from "../scalar-view.ts";
import { numberCells } from "./cells.ts";

/** What is learned of a numeric column. */
export interface NumberState {
  readonly rows: number;
  readonly missing: number;
  /** Least and greatest training value, 0 where there is none. */
  readonly low: number;
  readonly high: number;
  /** Whether sign(x)·log(1+|x|) comes first. */
  readonly log: boolean;
  /** Subtracted, then divided by. */
  readonly center: number;
  readonly scale: number;
  /** Standardized values are held within ±clip; 0 is no limit. */
  readonly clip: number;
  readonly encoding: "piecewise" | "oneHot";
  /** Ascending quantiles of the raw values, one more than bins; empty without bins. */
  readonly edges: readonly number[];
  /** Evenly spaced quantiles of the raw values, the least and the greatest among them, to compare other tables with. */
  readonly quantiles?: readonly number[];
}

/** Written with log rather than log1p, which ONNX lacks: the absolute error stays below 2e-16. */
export function compress(x: number): number {
  return Math.sign(x) * Math.log(1 + Math.abs(x));
}

/**
 * Standardized value, then the bins: `oneHot` has 1 for the bin a value lies in (the outer ones are
 * open), `piecewise` the share of each bin that lies below the value. @cite gorishniy2022
 */
export const numberCoding: ScalarCoding<NumberState> = {
  cells: numberCells,
  missing: (state) => state.missing,

  names: ({ edges }) => [
    "value",
    ...edges.slice(1).map((to, i) => `${short(edges[i])} to ${short(to)}`),
  ],

  write(state, x, out, at) {
    const { clip, edges } = state;
    let z = ((state.log ? compress(x) : x) - state.center) / state.scale;
    if (clip > 0) z = Math.min(Math.max(z, -clip), clip);
    out[at] = z;
    const bins = edges.length - 1;
    if (state.encoding === "piecewise") {
      for (let i = 0; i < bins; i++) {
        const share = (x - edges[i]) / (edges[i + 1] - edges[i]);
        out[at + 1 + i] = Math.min(Math.max(share, 0), 1);
      }
    } else if (bins > 0) {
      let bin = 0;
      while (bin < bins - 1 && x >= edges[bin + 1]) bin++;
      out.fill(0, at + 1, at + 1 + bins);
      out[at + 1 + bin] = 1;
    }
  },

  emit(state, x, onnx) {
    const double = (value: number) => onnx.scalar(value, "float64");
    let z = state.log ? emitCompress(x, onnx) : x;
    z = onnx.node("Sub", [z, double(state.center)])[0];
    z = onnx.node("Div", [z, double(state.scale)])[0];
    if (state.clip > 0) z = onnx.node("Clip", [z, double(-state.clip), double(state.clip)])[0];
    const { edges } = state;
    const bins = edges.length - 1;
    if (bins < 1) return [z];
    const row = (values: readonly number[]) =>
      onnx.constant("float64", [1, values.length], Float64Array.from(values));
    if (state.encoding === "piecewise") {
      const [above] = onnx.node("Sub", [x, row(edges.slice(0, -1))]);
      const [share] = onnx.node("Div", [above, row(edges.slice(1).map((to, i) => to - edges[i]))]);
      return [z, onnx.node("Clip", [share, double(0), double(1)])[0]];
    }
    const [one] = onnx.node("Add", [onnx.node("Mul", [x, double(0)])[0], double(1)]);
    if (bins === 1) return [z, one];
    const [reached] = onnx.node("GreaterOrEqual", [x, row(edges.slice(1, -1))]);
    const [steps] = onnx.node("Cast", [reached], { attributes: { to: { int: 11 } } });
    const [zero] = onnx.node("Sub", [one, one]);
    const axis = { attributes: { axis: { int: 1 } } };
    const [from] = onnx.node("Concat", [one, steps], axis);
    const [until] = onnx.node("Concat", [steps, zero], axis);
    return [z, onnx.node("Sub", [from, until])[0]];
  },
};

function emitCompress(x: string, onnx: OnnxBuilder): string {
  const [size] = onnx.node("Abs", [x]);
  const [shifted] = onnx.node("Add", [onnx.scalar(1, "float64"), size]);
  const [log] = onnx.node("Log", [shifted]);
  const [sign] = onnx.node("Sign", [x]);
  return onnx.node("Mul", [sign, log])[0];
}

function short(x: number): string {
  return String(Number(x.toPrecision(4)));
}
