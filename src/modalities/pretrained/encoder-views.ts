/** What the two modalities with pretrained encoders have in common, whatever their cells are. */
import type { Graph, Tensor } from "../../compiler/graph.ts";
import type { ImportedWeight } from "../../compiler/onnx/import/import.ts";
import type { Column } from "../../data/columns.ts";
import type { EncodeContext, Encoded, FeatureView, View } from "../modality.ts";
import { encoderOf, type OpenedEncoder } from "./opened.ts";
import {
  describeEncoder,
  embedFrozen,
  encoderNotices,
  finish,
  type PretrainedState,
  trainedWeights,
} from "./pretrained-state.ts";
import type { PretrainedPart } from "./with-pretrained.ts";

/** How cells of a kind reach an encoder. */
export interface EncoderCells<State extends PretrainedState> {
  /** Name of the feed of a trained encoder, and what follows the column's in that of the ONNX input. */
  readonly feed: string;
  readonly ending: string;
  readonly dtype: "uint8" | "int32";
  /** Of one row. */
  shape(state: State): readonly number[];
  /** Traces the encoder on cells `[rows, ...shape]`. */
  trace(state: State, cells: Tensor, weight: (weight: ImportedWeight) => Tensor): Encoded;
  /** Encodes cells for a trained encoder, as `View.encode`. */
  encode: View<State>["encode"];
  /** Writes the vectors that a frozen encoder makes, `[rows, size]`. */
  vectors(
    state: State,
    column: Column,
    out: Float32Array,
    present: Float32Array,
    context: EncodeContext,
  ): Promise<void>;
  readonly raw: View<State>["raw"];
}

/** The encoder of a state, opened. */
export function openState(state: PretrainedState, baseDir?: string): OpenedEncoder {
  return encoderOf(state.from, state.hash, baseDir);
}

/** Vectors of a frozen encoder, which is inside the exported file; its cells are the ONNX inputs. */
function frozenView<State extends PretrainedState>(cells: EncoderCells<State>): FeatureView<State> {
  const { ending, dtype, raw } = cells;
  return {
    feeds: (state) => [{ name: "vector", dtype: "float32", shape: [state.size] }],
    encode: (state, column, [vector], present, context) =>
      cells.vectors(state, column, vector as Float32Array, present, context),
    boundary(state, name, onnx, rows) {
      const shape = cells.shape(state);
      const value = onnx.input(name + ending, dtype, [rows, ...shape]);
      const present = onnx.input(`${name}.present`, "float32", [rows, 1]);
      const vector = embedFrozen(
        onnx,
        name,
        { value, present },
        (graph: Graph, count, weight) =>
          cells.trace(state, graph.input("cells", [count, ...shape], dtype), weight).features,
      );
      return { feeds: { vector }, present };
    },
    raw,
    blocks: (state) => [
      {
        kind: "dense",
        feed: "vector",
        names: Array.from({ length: state.size }, (_, i) => `number ${i + 1}`),
      },
    ],
  };
}

/** Cells as they are, for an encoder that is trained. */
function tunedView<State extends PretrainedState>(cells: EncoderCells<State>): View<State> {
  const { feed, ending, dtype, encode, raw } = cells;
  return {
    feeds: (state) => [{ name: feed, dtype, shape: cells.shape(state) }],
    encode,
    boundary: (state, name, onnx, rows) => ({
      feeds: { [feed]: onnx.input(name + ending, dtype, [rows, ...cells.shape(state)]) },
      present: onnx.input(`${name}.present`, "float32", [rows, 1]),
    }),
    raw,
  };
}

/**
 * All of a modality's pretrained part but what it learns.
 * @param projectOf the option that maps the vectors to another width.
 * @param facts what `describe` says besides what it says of every encoder.
 */
export function partOf<Options extends { readonly dropout: number }, State extends PretrainedState>(
  cells: EncoderCells<State>,
  projectOf: (options: Options) => { readonly project: number },
  facts: (state: State) => Readonly<Record<string, number>>,
): Omit<PretrainedPart<Options, State>, "learn"> {
  const [frozen, tuned] = [frozenView(cells), tunedView(cells)];
  return {
    view: (state) => (state.mode === "frozen" ? frozen : tuned),
    features: frozen,
    encoder(builder, feeds, state, options) {
      const read =
        state.mode === "frozen"
          ? { features: feeds.vector }
          : cells.trace(state, feeds[cells.feed], trainedWeights(builder));
      return finish(builder, read, projectOf(options), options.dropout);
    },
    notices: (state) => encoderNotices(state, openState(state)),
    describe: (state) => ({ ...describeEncoder(state, openState(state)), ...facts(state) }),
  };
}

/** What is stored of an encoder as it is opened. */
export function storedEncoder(
  encoder: OpenedEncoder,
  config: {
    readonly package: string;
    readonly path: string;
    readonly mode: PretrainedState["mode"];
    readonly pool: PretrainedState["pool"];
  },
  output: string,
  size: number,
): Omit<PretrainedState, "rows" | "missing"> {
  return {
    from: { package: config.package, path: config.path },
    hash: encoder.hash,
    source: encoder.source,
    licence: encoder.licence,
    mode: config.mode,
    output,
    pool: config.pool,
    size,
  };
}
