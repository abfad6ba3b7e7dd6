import type { Tensor } from "../../compiler/graph.ts";
import type { ImportedWeight } from "../../compiler/onnx/import/import.ts";
import { DataError } from "../../core/errors.ts";
import { type Column, countMissing, take } from "../../data/columns.ts";
import { decodePicture, eachPicture } from "../image/decode.ts";
import type { EncodeContext } from "../modality.ts";
import { type EncoderCells, openState, partOf, storedEncoder } from "./encoder-views.ts";
import { encodeFrozen, type FrozenCell } from "./frozen.ts";
import { type OpenedEncoder, openEncoder } from "./opened.ts";
import { type PretrainedImageConfig, pretrainedImageConfig } from "./options.ts";
import { arrangePixels, type Pixels, pixelsOf, tracePixels } from "./pixels.ts";
import { checkTraced, type PretrainedState } from "./pretrained-state.ts";
import { chooseOutput, poolOutput, readFeatures } from "./read-output.ts";
import type { PretrainedPart } from "./with-pretrained.ts";

export interface PretrainedImage extends PretrainedState {
  readonly pixels: Pixels;
}

/** Pictures that are encoded together, and those that are decoded before. */
const batch = 4;
const chunk = 256;

const shapeOf = ({ format }: Pixels) => [format.height, format.width, format.channels];

const bytesEach = ({ format }: Pixels) => format.height * format.width * format.channels;

function trace(
  state: PretrainedImage,
  bytes: Tensor,
  weight: (weight: ImportedWeight) => Tensor,
  encoder = openState(state),
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
  const encoder = openState(state, context.baseDir);
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

/** Pixels: uint8 `<name> [rows, H, W, 3]`. */
const cells: EncoderCells<PretrainedImage> = {
  feed: "pixels",
  ending: "",
  dtype: "uint8",
  shape: (state) => shapeOf(state.pixels),
  trace: (state, bytes, weight) => trace(state, bytes, weight),
  async encode(state, column, [pixels], present, context) {
    const each = bytesEach(state.pixels);
    (pixels as Uint8Array).fill(0, 0, column.length * each);
    await decodeAll(state, column, present, context, (row, bytes) =>
      (pixels as Uint8Array).set(bytes, row * each),
    );
  },
  vectors: encodeVectors,
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
  ...partOf(cells, configOf, ({ pixels: { format } }) => ({
    height: format.height,
    width: format.width,
  })),
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
  const { pool } = config;
  const pixels = pixelsOf(encoder, background, config.side);
  // A pattern of colours, not to depend on any picture.
  const sample = Uint8Array.from(
    { length: bytesEach(pixels) },
    (_, i) => (i * 97 + (i >> 5)) % 256,
  );
  const expected = await runPictures({ output, pool, pixels }, encoder, [sample]);
  const base = { ...storedEncoder(encoder, config, output, expected.length), pixels };
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
