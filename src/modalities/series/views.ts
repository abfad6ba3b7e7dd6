import type { OnnxBuilder } from "../../compiler/onnx/builder.ts";
import { dtypeCode } from "../../compiler/onnx/tensor-data.ts";
import type { Column } from "../../data/columns.ts";
import type { EncodeContext, RawTensor, View } from "../modality.ts";
import { seriesAt } from "./cells.ts";
import type { SeriesState } from "./state.ts";

/** Hands over the steps that are read of each series, and null for a row that has none. */
function eachSeries(
  state: SeriesState,
  column: Column,
  context: EncodeContext,
  visit: (row: number, values: Float64Array | null) => void,
): void {
  const { channels, steps, crop } = state;
  for (let row = 0; row < column.length; row++) {
    const series = seriesAt(column, row, context, channels);
    if (series === null) visit(row, null);
    else {
      const from = crop === "last" ? Math.max(0, series.steps - steps) : 0;
      visit(row, series.values.subarray(from * channels, (from + steps) * channels));
    }
  }
}

/** Values of each series, standardized, NaN where they are missing. */
export function eachStandard(
  state: SeriesState,
  column: Column,
  context: EncodeContext,
  visit: (row: number, values: Float64Array | null) => void,
): void {
  const { mean, scale, clip, channels } = state;
  eachSeries(state, column, context, (row, values) => {
    const standard = values?.map((x, i) => {
      const z = (x - mean[i % channels]) / scale[i % channels];
      return clip > 0 ? Math.min(Math.max(z, -clip), clip) : z;
    });
    visit(row, standard ?? null);
  });
}

/** Numbers a step as the network sees it: the values, and indicators of missing ones where there were some. */
function widthOf({ channels, gaps }: SeriesState): number {
  return gaps > 0 ? 2 * channels : channels;
}

/** ONNX values of a column of series. */
export interface SeriesValues {
  /** Standardized values, 0 where there is none: float64 `[rows, steps, channels]`. */
  readonly values: string;
  /** 1 where there is a value: float64 of the same shape. */
  readonly seen: string;
  /** 1 for each step that a series has: float64 `[rows, steps]`. */
  readonly mask: string;
  /** int32 `[rows, 1]` */
  readonly length: string;
  /** float32 `[rows, 1]` */
  readonly present: string;
}

/** Emits one node with one result. */
export type Emit = (type: string, inputs: readonly string[], attributes?: Attributes) => string;
type Attributes = NonNullable<Parameters<OnnxBuilder["node"]>[2]>["attributes"];

export function emitter(onnx: OnnxBuilder): Emit {
  return (type, inputs, attributes) => onnx.node(type, inputs, { attributes })[0];
}

export const to = (dtype: "float32" | "float64"): Attributes => ({ to: { int: dtypeCode(dtype) } });

/**
 * Declares the inputs `<name>` float64 `[rows, steps, channels]`, NaN where a value is missing and anything after a
 * series' end, and `<name>.length` int32 `[rows, 1]`, 0 where the series is missing.
 */
export function emitSeries(
  state: SeriesState,
  name: string,
  onnx: OnnxBuilder,
  rows: string,
): SeriesValues {
  const emit = emitter(onnx);
  const { steps, channels, mean, scale, clip } = state;
  const double = (x: number) => onnx.scalar(x, "float64");
  const row = (of: readonly number[]) =>
    onnx.constant("float64", [channels], Float64Array.from(of));
  const input = onnx.input(name, "float64", [rows, steps, channels]);
  const length = onnx.input(`${name}.length`, "int32", [rows, 1]);
  const places = onnx.constant(
    "int32",
    [steps],
    Int32Array.from({ length: steps }, (_, t) => t),
  );
  const within = emit("Less", [places, length]);
  const known = emit("And", [
    emit("Not", [emit("IsNaN", [input])]),
    emit("Unsqueeze", [within, onnx.int64s([2])]),
  ]);
  const filled = emit("Where", [known, input, row(mean)]);
  const z = emit("Div", [emit("Sub", [filled, row(mean)]), row(scale)]);
  const held = clip > 0 ? emit("Clip", [z, double(-clip), double(clip)]) : z;
  return {
    values: held,
    seen: emit("Cast", [known], to("float64")),
    mask: emit("Cast", [within], to("float64")),
    length,
    present: emit("Cast", [emit("Greater", [length, onnx.scalar(0, "int32")])], to("float32")),
  };
}

/** The values of those inputs. */
export async function rawSeries(
  state: SeriesState,
  name: string,
  column: Column,
  context: EncodeContext,
): Promise<Record<string, RawTensor>> {
  const { steps, channels } = state;
  const rows = column.length;
  const data = new Float64Array(rows * steps * channels).fill(Number.NaN);
  const length = new Int32Array(rows);
  eachSeries(state, column, context, (row, values) => {
    if (values === null) return;
    data.set(values, row * steps * channels);
    length[row] = values.length / channels;
  });
  return {
    [name]: { dtype: "float64", dims: [rows, steps, channels], data },
    [`${name}.length`]: { dtype: "int32", dims: [rows, 1], data: length },
  };
}

/** Steps for the network's encoder, and how many a series has. */
export const seriesView: View<SeriesState> = {
  feeds: (state) => [
    { name: "values", dtype: "float32", shape: [state.steps, widthOf(state)] },
    { name: "length", dtype: "int32", shape: [] },
  ],

  encode(state, column, [out, length], present, context) {
    const { channels, gaps } = state;
    const width = widthOf(state);
    const room = state.steps * width;
    out.fill(0 as never, 0, column.length * room);
    eachStandard(state, column, context, (row, values) => {
      present[row] = values ? 1 : 0;
      length[row] = values ? values.length / channels : 0;
      values?.forEach((z, i) => {
        const at = row * room + Math.floor(i / channels) * width + (i % channels);
        if (!Number.isNaN(z)) out[at] = z;
        else if (gaps > 0) out[at + channels] = 1;
      });
    });
  },

  boundary(state, name, onnx, rows) {
    const emit = emitter(onnx);
    const { values, seen, mask, length, present } = emitSeries(state, name, onnx, rows);
    const steps = emit("Unsqueeze", [mask, onnx.int64s([2])]);
    const parts = state.gaps > 0 ? [values, emit("Sub", [steps, seen])] : [values];
    const all = parts.length === 1 ? values : emit("Concat", parts, { axis: { int: 2 } });
    return {
      feeds: {
        values: emit("Cast", [all], to("float32")),
        length: emit("Reshape", [length, onnx.int64s([-1])]),
      },
      present,
    };
  },

  raw: rawSeries,
};
