import { dtypeCode } from "../../compiler/onnx/tensor-data.ts";
import type { Column } from "../../data/columns.ts";
import type { EncodeContext, FeatureView, View } from "../modality.ts";
import { decodePicture, eachPicture, type PictureFormat } from "./decode.ts";
import type { ImageState } from "./state.ts";

/** Side of the pictures that families without an encoder see. */
const featureSide = 16;

async function decodeAll(
  column: Column,
  format: PictureFormat,
  out: Uint8Array,
  present: Float32Array,
  context: EncodeContext,
): Promise<void> {
  const size = format.height * format.width * format.channels;
  out.fill(0, 0, column.length * size);
  const done = await eachPicture(column, context, async (row, bytes) => {
    out.set(await decodePicture(bytes, format), row * size);
  });
  present.set(done);
}

/** The ONNX inputs of both views: uint8 `<name> [rows, H, W, C]`, float32 `<name>.present [rows, 1]`. */
async function rawPictures(
  column: Column,
  name: string,
  format: PictureFormat,
  context: EncodeContext,
) {
  const { height, width, channels } = format;
  const data = new Uint8Array(column.length * height * width * channels);
  const present = new Float32Array(column.length);
  await decodeAll(column, format, data, present, context);
  return {
    [name]: { dtype: "uint8" as const, dims: [column.length, height, width, channels], data },
    [`${name}.present`]: { dtype: "float32" as const, dims: [column.length, 1], data: present },
  };
}

/** Pixels as they are, for the network's own convolutions. */
export const imageNetworkView: View<ImageState> = {
  feeds: (state) => [
    { name: "pixels", dtype: "uint8", shape: [state.height, state.width, state.channels] },
  ],
  arrives: () => true,
  encode: (state, column, [pixels], present, context) =>
    decodeAll(column, state, pixels as Uint8Array, present, context),
  boundary: (state, name, onnx, rows) => ({
    feeds: { pixels: onnx.input(name, "uint8", [rows, state.height, state.width, state.channels]) },
    present: onnx.input(`${name}.present`, "float32", [rows, 1]),
  }),
  raw: (state, name, column, context) => rawPictures(column, name, state, context),
};

const small = (state: ImageState): PictureFormat => ({
  height: featureSide,
  width: featureSide,
  channels: state.channels,
  background: state.background,
  fit: state.fit,
});

const channelNames = { 1: ["grey"], 3: ["red", "green", "blue"] } as const;

/** Standardized pixels of the picture at 16×16, then the mean of each channel. */
export const imageFeatureView: FeatureView<ImageState> = {
  feeds: (state) => [
    { name: "values", dtype: "float32", shape: [(featureSide ** 2 + 1) * state.channels] },
  ],

  async encode(state, column, out, present, context) {
    const values = out[0] as Float32Array;
    const { channels } = state;
    const places = featureSide ** 2;
    const pixels = new Uint8Array(column.length * places * channels);
    await decodeAll(column, small(state), pixels, present, context);
    const scale = state.mean.map((mean, c) => standardizer(mean, state.deviation[c]));
    for (let row = 0, at = 0; row < column.length; row++, at += (places + 1) * channels) {
      const from = row * places * channels;
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let i = c; i < places * channels; i += channels) {
          const x = present[row] === 0 ? 0 : scale[c](pixels[from + i]);
          values[at + i] = x;
          sum += values[at + i];
        }
        values[at + places * channels + c] = sum / places;
      }
    }
  },

  boundary(state, name, onnx, rows) {
    const { channels } = state;
    const input = onnx.input(name, "uint8", [rows, featureSide, featureSide, channels]);
    const present = onnx.input(`${name}.present`, "float32", [rows, 1]);
    const perChannel = (values: readonly number[]) =>
      onnx.constant("float32", [channels], Float32Array.from(values));
    const [float] = onnx.node("Cast", [input], {
      attributes: { to: { int: dtypeCode("float32") } },
    });
    const [centred] = onnx.node("Sub", [float, perChannel(state.mean.map((m) => 255 * m))]);
    const [scaled] = onnx.node("Div", [centred, perChannel(state.deviation.map((d) => 255 * d))]);
    const [mask] = onnx.node("Reshape", [present, onnx.int64s([-1, 1, 1, 1])]);
    const [pixels] = onnx.node("Mul", [scaled, mask]);
    const [means] = onnx.node("ReduceMean", [pixels, onnx.int64s([1, 2])], {
      attributes: { keepdims: { int: 0 } },
    });
    const [flat] = onnx.node("Reshape", [
      pixels,
      onnx.int64s([-1, featureSide * featureSide * channels]),
    ]);
    const [values] = onnx.node("Concat", [flat, means], { attributes: { axis: { int: 1 } } });
    return { feeds: { values }, present };
  },

  raw: (state, name, column, context) => rawPictures(column, name, small(state), context),

  blocks: (state) => [
    {
      kind: "dense",
      feed: "values",
      names: [
        ...Array.from({ length: featureSide ** 2 * state.channels }, (_, i) => {
          const place = Math.floor(i / state.channels);
          const color = channelNames[state.channels][i % state.channels];
          return `${color} at ${Math.floor(place / featureSide)},${place % featureSide}`;
        }),
        ...channelNames[state.channels].map((color) => `mean ${color}`),
      ],
    },
  ],
};

/** (x − 255·mean) / (255·deviation) in single precision, as ONNX computes it. */
function standardizer(mean: number, deviation: number): (x: number) => number {
  const center = Math.fround(255 * mean);
  const scale = Math.fround(255 * deviation);
  return (x) => Math.fround(Math.fround(x - center) / scale);
}
