import type { Graph, Tensor } from "../../compiler/graph.ts";
import type { ImportedModel, ImportedWeight } from "../../compiler/onnx/import/import.ts";
import type { OnnxValueInfo } from "../../compiler/onnx/read.ts";
import type { OnnxTensor } from "../../compiler/onnx/tensor-data.ts";
import { DataError, show } from "../../core/errors.ts";
import type { Encoded } from "../modality.ts";
import type { Pool } from "./options.ts";

/** Outputs that hold one vector for the whole of a text or picture, in order of preference. */
const wholes = ["sentence_embedding", "text_embeds", "image_embeds", "features", "embeddings"];

/** Outputs with a vector a token or place. */
const parts = ["last_hidden_state", "token_embeddings", "hidden_states"];

/**
 * Which output of a model is read.
 * @throws DataError DATA_SCHEMA where there is none of the name asked for, or none that fits.
 */
export function chooseOutput(model: ImportedModel, wanted: string): OnnxValueInfo {
  const named = (name: string) => model.outputs.find((output) => output.name === name);
  const floats = model.outputs.filter((output) => output.dtype === "float32");
  const found = wanted
    ? named(wanted)
    : ([...wholes, ...parts].map(named).find((output) => output?.dtype === "float32") ?? floats[0]);
  if (found) return found;
  throw new DataError(
    "DATA_SCHEMA",
    `encoder.output: one of the model's float outputs ${model.outputs.map(({ name }) => name).join(", ")}; got ${show(wanted || "none")}`,
  );
}

/** How the model's inputs are declared: rows and what is fed. */
export interface Reading {
  readonly model: ImportedModel;
  readonly output: string;
  readonly pool: Pool;
}

/**
 * Traces a model on its inputs, and makes one vector a row of its output: `[B, D]` as it is, tokens
 * `[B, T, D]` and places `[B, D, H, W]` pooled.
 * @param mask `[B, T]`, 1 at tokens that are there; left out for pictures.
 */
export function readFeatures(
  { model, output, pool }: Reading,
  graph: Graph,
  inputs: Readonly<Record<string, Tensor>>,
  weight: (weight: ImportedWeight) => Tensor,
  mask?: Tensor,
): Encoded {
  const y = model.trace(graph, inputs, weight, [output])[output];
  if (y.rank === 2) return { features: y };
  if (y.rank !== 3 && y.rank !== 4) throw shapeError(output, y.shape);
  const [rows] = y.shape;
  const values = y.rank === 3 ? y : y.reshape([rows, y.shape[1], -1]).transpose([0, 2, 1]);
  const there = mask ?? graph.constant(1, [], "float32").expand(values.shape.slice(0, 2));
  const column = there.reshape([rows, values.shape[1], 1]);
  const sequence = { values, mask: there };
  if (pool === "first") return { features: values.slice(1, 0, 1).squeeze(1), sequence };
  const count = column.sum(1);
  if (pool === "max") {
    const low = column.sub(1).mul(1e9);
    return { features: values.add(low).max(1).mul(count.minimum(1)), sequence };
  }
  return { features: values.mul(column).sum(1).div(count.maximum(1)), sequence };
}

/** The same of an output that was computed: `[rows, D]`. */
export function poolOutput(y: OnnxTensor, pool: Pool, mask?: ArrayLike<number>): Float32Array {
  const data = y.data as Float32Array;
  const [rows] = y.dims;
  if (y.dims.length === 2) return data;
  const places = y.dims.length === 4 ? y.dims[2] * y.dims[3] : y.dims[1];
  const size = y.dims.length === 4 ? y.dims[1] : y.dims[2];
  // A picture's places are innermost, a text's tokens are not.
  const at = (row: number, place: number, d: number) =>
    y.dims.length === 4 ? (row * size + d) * places + place : (row * places + place) * size + d;
  const out = new Float32Array(rows * size);
  for (let row = 0; row < rows; row++) {
    let count = 0;
    for (let p = 0; p < places; p++) count += mask ? mask[row * places + p] : 1;
    for (let d = 0; d < size; d++) {
      if (pool === "first") {
        out[row * size + d] = data[at(row, 0, d)];
        continue;
      }
      let value = pool === "max" ? Number.NEGATIVE_INFINITY : 0;
      for (let p = 0; p < places; p++) {
        if (mask && mask[row * places + p] === 0) continue;
        const x = data[at(row, p, d)];
        value = pool === "max" ? Math.max(value, x) : value + x;
      }
      if (pool === "max") out[row * size + d] = count === 0 ? 0 : value;
      else out[row * size + d] = value / Math.max(1, count);
    }
  }
  return out;
}

export function shapeError(output: string, shape: readonly unknown[]): DataError {
  return new DataError(
    "DATA_SCHEMA",
    `encoder.output ${show(output)}: vectors [rows, D], tokens [rows, T, D] or places [rows, D, H, W]; got [${shape.join(", ")}]`,
  );
}
