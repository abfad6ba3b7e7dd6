import type { Tensor } from "../../compiler/graph.ts";
import type { ImportedWeight } from "../../compiler/onnx/import/import.ts";
import { DataError } from "../../core/errors.ts";
import { type Column, countMissing, take } from "../../data/columns.ts";
import { decodePicture, eachPicture } from "../image/decode.ts";
import type { EncodeContext, FeatureView, View } from "../modality.ts";
import { encodeFrozen, type FrozenCell } from "./frozen.ts";
import { encoderOf, type OpenedEncoder, openEncoder } from "./opened.ts";
import { type PretrainedImageConfig, pretrainedImageConfig } from "./options.ts";
import { arrangePixels, type Pixels, pixelsOf, tracePixels } from "./pixels.ts";
import {
  checkTraced,
  describeEncoder,
  embedFrozen,
  encoderNotices,
  finish,
  type PretrainedState,
  trainedWeights,
} from "./pretrained-state.ts";
import { chooseOutput, poolOutput, readFeatures } from "./read-output.ts";
import type { PretrainedPart } from "./with-pretrained.ts";

export interface PretrainedImage extends PretrainedState {
  readonly pixels: Pixels;
}

/** Pictures that are encoded together, and those that are decoded before. */
const batch = 4;
const chunk = 256;

const open = (state: PretrainedImage, baseDir?: string) =>
  encoderOf(state.from, state.hash, baseDir);

const shapeOf = ({ format }: Pixels) => [format.height, format.width, format.channels];

const bytesEach = ({ format }: Pixels) => format.height * format.width * format.channels;

function trace(
  state: PretrainedImage,
  bytes: Tensor,
  weight: (weight: ImportedWeight) => Tensor,
  encoder = open(state),
) {
  const { graph } = bytes;
  const inputs = { [encoder.model.inputs[0].name]: tracePixels(graph, bytes, state.pixels) };
  const { output, pool } = state;
  return readFeatures({ model: encoder.model, output, pool }, graph, inputs, weight);
}

interface PictureCell extends FrozenCell {
  readonly content: Uint8Array;
}

async function runPictures(
  state: Pick<PretrainedImage, "output" | "pool" | "pixels">,
  encoder: OpenedEncoder,
  pictures: readonly Uint8Array[],
): Promise<Float32Array> {
  const session = await encoder.session();
  const { height, width } = state.pixels.format;
  const all = new Uint8Array(pictures.length * bytesEach(state.pixels));
  pictures.forEach((bytes, i) => {
    all.set(bytes, i * bytesEach(state.pixels));
  });
  const data = arrangePixels(all, pictures.length, state.pixels);
  const dims = [pictures.length, 3, height, width];
  const [{ name }] = encoder.model.inputs;
  const results = await session.run({ [name]: { dtype: "float32", dims, data } }, [state.output]);
  return poolOutput(results[state.output], state.pool);
}

async function decodeAll(
  state: PretrainedImage,
  column: Column,
  present: Float32Array,
  context: EncodeContext,
  give: (row: number, bytes: Uint8Array) => void,
): Promise<void> {
  present.set(
    await eachPicture(column, context, async (row, bytes) => {
      give(row, await decodePicture(bytes, state.pixels.format));
    }),
  );
}

async function encodeVectors(
  state: PretrainedImage,
  column: Column,
  out: Float32Array,
  present: Float32Array,
  context: EncodeContext,
): Promise<void> {
  const encoder = open(state, context.baseDir);
  out.fill(0, 0, column.length * state.size);
  const { format } = state.pixels;
  const settings = [
    "pixels",
    state.output,
    state.pool,
    format.height,
    format.width,
    ...state.pixels.factor,
    ...state.pixels.term,
  ].join("-");
  // Decoded a few at a time: pictures of a whole table would fill the memory.
  for (let from = 0; from < column.length; from += chunk) {
    const rows = Array.from({ length: Math.min(chunk, column.length - from) }, (_, i) => from + i);
    const there = new Float32Array(rows.length);
    const cells: PictureCell[] = [];
    const within = {
      ...context,
      problem: (row: number, message: string) => context.problem(from + row, message),
    };
    await decodeAll(state, take(column, rows), there, within, (row, content) => {
      cells.push({ row: from + row, content, group: 0 });
    });
    present.set(there, from);
    await encodeFrozen(
      encoder,
      settings,
      cells.sort((a, b) => a.row - b.row),
      state.size,
      batch,
      (full) =>
        runPictures(
          state,
          encoder,
          full.map(({ content }) => content),
        ),
      out,
    );
  }
}

async function rawPixels(
  state: PretrainedImage,
  name: string,
  column: Column,
  context: EncodeContext,
) {
  const each = bytesEach(state.pixels);
  const data = new Uint8Array(column.length * each);
  const present = new Float32Array(column.length);
  await decodeAll(state, column, present, context, (row, bytes) => data.set(bytes, row * each));
  return {
    [name]: { dtype: "uint8" as const, dims: [column.length, ...shapeOf(state.pixels)], data },
    [`${name}.present`]: { dtype: "float32" as const, dims: [column.length, 1], data: present },
  };
}

/** Vectors of a frozen encoder: uint8 `<name> [rows, H, W, 3]` are the ONNX inputs. */
const frozenView: FeatureView<PretrainedImage> = {
  feeds: (state) => [{ name: "vector", dtype: "float32", shape: [state.size] }],
  encode: (state, column, [vector], present, context) =>
    encodeVectors(state, column, vector as Float32Array, present, context),
  boundary(state, name, onnx, rows) {
    const shape = shapeOf(state.pixels);
    const value = onnx.input(name, "uint8", [rows, ...shape]);
    const present = onnx.input(`${name}.present`, "float32", [rows, 1]);
    const vector = embedFrozen(
      onnx,
      name,
      { value, present },
      (graph, count, weight) =>
        trace(state, graph.input("cells", [count, ...shape], "uint8"), weight).features,
    );
    return { feeds: { vector }, present };
  },
  raw: rawPixels,
  blocks: (state) => [
    {
      kind: "dense",
      feed: "vector",
      names: Array.from({ length: state.size }, (_, i) => `number ${i + 1}`),
    },
  ],
};

/** Pixels for an encoder that is trained. */
const tunedView: View<PretrainedImage> = {
  feeds: (state) => [{ name: "pixels", dtype: "uint8", shape: shapeOf(state.pixels) }],
  async encode(state, column, [pixels], present, context) {
    const each = bytesEach(state.pixels);
    (pixels as Uint8Array).fill(0, 0, column.length * each);
    await decodeAll(state, column, present, context, (row, bytes) =>
      (pixels as Uint8Array).set(bytes, row * each),
    );
  },
  boundary: (state, name, onnx, rows) => ({
    feeds: { pixels: onnx.input(name, "uint8", [rows, ...shapeOf(state.pixels)]) },
    present: onnx.input(`${name}.present`, "float32", [rows, 1]),
  }),
  raw: rawPixels,
};

/** Options of a picture that its pretrained encoder reads. */
interface ImageChoices {
  readonly encoder: { readonly type: string };
  readonly background: string;
  readonly dropout: number;
}

const configOf = ({ encoder: { type: _, ...own } }: ImageChoices): PretrainedImageConfig =>
  pretrainedImageConfig.parse(own);

/** Pictures read by an encoder that was trained before. */
export const pretrainedImage: PretrainedPart<ImageChoices, PretrainedImage> = {
  learn(options) {
    const config = configOf(options);
    const counts = { rows: 0, missing: 0 };
    let begun: Omit<PretrainedImage, "rows" | "missing"> | undefined;
    return {
      async add(column, context) {
        begun ??= await begin(openEncoder(config, context.baseDir), config, options.background);
        counts.rows += column.length;
        counts.missing += countMissing(column);
      },
      finish() {
        if (!begun) throw new Error("an encoder learns after it was started");
        return { ...begun, ...counts };
      },
    };
  },
  view: (state) => (state.mode === "frozen" ? frozenView : tunedView),
  features: frozenView,
  encoder(builder, feeds, state, options) {
    const read =
      state.mode === "frozen"
        ? { features: feeds.vector }
        : trace(state, feeds.pixels, trainedWeights(builder));
    return finish(builder, read, configOf(options), options.dropout);
  },
  notices: (state) => encoderNotices(state, open(state)),
  describe(state) {
    const { height, width } = state.pixels.format;
    return { ...describeEncoder(state, open(state)), height, width };
  },
};

/** Reads what the encoder's files say, and checks that it computes the same in the compiler. */
async function begin(encoder: OpenedEncoder, config: PretrainedImageConfig, background: string) {
  const inputs = encoder.model.inputs.map(({ name, dims }) => `${name} [${dims?.join(", ")}]`);
  if (inputs.length !== 1) {
    throw new DataError(
      "DATA_SCHEMA",
      `encoder ${encoder.source}: a model of one input, [rows, 3, height, width]; got ${inputs.join(", ")}`,
    );
  }
  const output = chooseOutput(encoder.model, config.output).name;
  const { pool, mode } = config;
  const pixels = pixelsOf(encoder, background, config.side);
  // A pattern of colours, not to depend on any picture.
  const sample = Uint8Array.from(
    { length: bytesEach(pixels) },
    (_, i) => (i * 97 + (i >> 5)) % 256,
  );
  const expected = await runPictures({ output, pool, pixels }, encoder, [sample]);
  const base = {
    from: { package: config.package, path: config.path },
    hash: encoder.hash,
    source: encoder.source,
    licence: encoder.licence,
    mode,
    output,
    pool,
    size: expected.length,
    pixels,
  };
  await checkTraced(
    encoder.source,
    (graph, weight) =>
      trace(
        { ...base, rows: 0, missing: 0 },
        graph.input("cells", [1, ...shapeOf(pixels)], "uint8"),
        weight,
        encoder,
      ).features,
    { cells: sample },
    expected,
  );
  return base;
}
