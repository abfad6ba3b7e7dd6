import type { Column } from "../../data/columns.ts";
import type { FeatureView, View } from "../modality.ts";
import type { TextState } from "./state.ts";
import { textAt } from "./texts.ts";
import { type Numbering, weigh } from "./weigh.ts";

/** What a view's feeds are called, how ids are numbered, and the id of an unused place. */
interface Layout {
  readonly ids: string;
  readonly weights: string;
  readonly unused: number;
  numbering(state: TextState): Numbering;
}

/**
 * ONNX inputs of both views: int32 `<name>.ids` and float32 `<name>.weights`, `[rows, width]`, and
 * float32 `<name>.present [rows, 1]`. Words cannot be split by standard operators, so the caller
 * tokenizes as the state, kept in the model's metadata, says.
 */
function tokenView(layout: Layout): View<TextState> {
  const encode = (
    state: TextState,
    column: Column,
    ids: Int32Array,
    weights: Float32Array,
    present: Float32Array,
  ) => {
    const numbering = layout.numbering(state);
    const { width } = numbering;
    ids.fill(layout.unused, 0, column.length * width);
    weights.fill(0, 0, column.length * width);
    for (let row = 0; row < column.length; row++) {
      const text = textAt(column, row);
      present[row] = text === null ? 0 : 1;
      if (text === null) continue;
      const weighted = weigh(text, state, numbering);
      ids.set(weighted.ids, row * width);
      weights.set(weighted.weights, row * width);
    }
  };
  return {
    feeds(state) {
      const shape = [layout.numbering(state).width];
      return [
        { name: layout.ids, dtype: "int32", shape },
        { name: layout.weights, dtype: "float32", shape },
      ];
    },
    encode: (state, column, [ids, weights], present) =>
      encode(state, column, ids as Int32Array, weights as Float32Array, present),
    boundary(state, name, onnx, rows) {
      const { width } = layout.numbering(state);
      const feeds = {
        [layout.ids]: onnx.input(`${name}.ids`, "int32", [rows, width]),
        [layout.weights]: onnx.input(`${name}.weights`, "float32", [rows, width]),
      };
      return { feeds, present: onnx.input(`${name}.present`, "float32", [rows, 1]) };
    },
    async raw(state, name, column) {
      const { width } = layout.numbering(state);
      const rows = column.length;
      const ids = new Int32Array(rows * width);
      const weights = new Float32Array(rows * width);
      const present = new Float32Array(rows);
      encode(state, column, ids, weights, present);
      return {
        [`${name}.ids`]: { dtype: "int32", dims: [rows, width], data: ids },
        [`${name}.weights`]: { dtype: "float32", dims: [rows, width], data: weights },
        [`${name}.present`]: { dtype: "float32", dims: [rows, 1], data: present },
      };
    },
  };
}

/** Words, word sequences and character sequences; every token has an id. */
export const bagView = tokenView({
  ids: "ids",
  weights: "weights",
  unused: 0,
  numbering: (state) => ({
    first: 1,
    known: state.known,
    hashUnknown: true,
    characters: state.characters >= 3,
    width: state.networkWidth,
  }),
});

/** Sparse TF-IDF of the terms of the training texts. */
export const textFeatureView: FeatureView<TextState> = {
  ...tokenView({
    ids: "ids",
    weights: "values",
    unused: -1,
    numbering: (state) => ({
      first: 0,
      known: state.terms.length,
      hashUnknown: false,
      characters: state.characterFeatures && state.characters >= 3,
      width: state.featureWidth,
    }),
  }),
  blocks: (state) => [
    {
      kind: "sparse",
      ids: "ids",
      values: "values",
      size: state.terms.length + (state.characterFeatures ? state.buckets : 0),
      name: (id) =>
        state.terms[id] ?? `(characters ${id - state.terms.length} of ${state.buckets})`,
    },
  ],
};
