/** Recordings as a fixed number of features: statistics of each band, and a small picture. */
import type { OnnxBuilder } from "../../compiler/onnx/builder.ts";
import { memo } from "../memo.ts";
import type { FeatureView } from "../modality.ts";
import { quantile } from "../reservoir.ts";
import { melScales } from "./mel.ts";
import { type Emit, emitFrames, emitter, type SoundValues, toFloat } from "./sound-onnx.ts";
import { frameWidth } from "./spectrogram.ts";
import type { AudioState } from "./state.ts";
import { encodeFrames, rawSamples } from "./views.ts";

const shares = [0.1, 0.5, 0.9] as const;
/** Larger than any standardized number: it comes last when numbers are sorted. */
const beyond = 1e9;

/** Which of a frame's numbers make each row of the picture, and what each counts: `[W, rows]`. */
interface PictureRows {
  readonly rows: number;
  readonly weights: Float64Array;
}

/** How large a picture of a recording is, and what its frames hold. */
export type PictureShape = Pick<
  AudioState,
  "pictureTime" | "pictureBands" | "bands" | "coefficients"
>;

/** Neighbouring bands are averaged; of cosine coefficients the first are kept as they are. */
const pictureRows = memo((state: PictureShape): PictureRows => {
  const width = frameWidth(state);
  const rows = state.pictureTime === 0 ? 0 : Math.min(state.pictureBands, width);
  const weights = new Float64Array(width * rows);
  for (let r = 0; r < rows; r++) {
    for (let k = 0; k < width; k++)
      weights[k * rows + r] =
        state.coefficients > 0 ? Number(k === r) : overlap(k, r, width / rows) / (width / rows);
  }
  return { rows, weights };
});

/** How much of place k lies within the stretch r of a length. */
function overlap(k: number, r: number, length: number): number {
  return Math.max(0, Math.min(k + 1, (r + 1) * length) - Math.max(k, r * length));
}

function statisticsCount({ statistics }: AudioState): number {
  return statistics ? 2 + shares.length : 0;
}

export const audioFeatureView: FeatureView<AudioState> = {
  feeds: (state) => [{ name: "values", dtype: "float32", shape: [featureNames(state).length] }],

  async encode(state, column, out, present, context) {
    const values = out[0] as Float32Array;
    const width = frameWidth(state);
    const size = featureNames(state).length;
    const frames = new Float32Array(column.length * state.frames * width);
    const length = new Int32Array(column.length);
    await encodeFrames(state, column, [frames, length], present, context);
    values.fill(0, 0, column.length * size);
    for (let row = 0; row < column.length; row++) {
      if (length[row] === 0) continue;
      const from = row * state.frames * width;
      const mine = frames.subarray(from, from + length[row] * width);
      const features = [...statisticsOf(state, mine, width), ...pictureOf(state, mine, width)];
      values.set(features, row * size);
    }
  },

  boundary(state, name, onnx, rows) {
    const emit = emitter(onnx);
    const sound = emitFrames(state, name, onnx, rows);
    const parts = [
      ...(state.statistics ? statisticsInOnnx(state, sound, emit, onnx) : []),
      ...(state.pictureTime > 0 ? [pictureInOnnx(state, sound, emit, onnx)] : []),
    ];
    const values =
      parts.length === 0
        ? emit("Slice", [sound.mask, onnx.int64s([0]), onnx.int64s([0]), onnx.int64s([1])])
        : emit("Concat", parts, { axis: { int: 1 } });
    return { feeds: { values: emit("Mul", [values, sound.present]) }, present: sound.present };
  },

  raw: rawSamples,

  blocks: (state) => [{ kind: "dense", feed: "values", names: featureNames(state) }],
};

const featureNames = memo((state: AudioState): string[] => {
  const width = frameWidth(state);
  const what = ["mean", "deviation", ...shares.map((s) => `${100 * s} % quantile`)];
  const statistics = what
    .slice(0, statisticsCount(state))
    .flatMap((one) => Array.from({ length: width }, (_, k) => `${one} of ${bandName(state, k)}`));
  const { rows } = pictureRows(state);
  const picture = Array.from({ length: state.pictureTime * rows }, (_, i) => {
    const stretch = `${Math.floor(i / rows) + 1}/${state.pictureTime}`;
    return `${pictureRowName(state, i % rows)} in stretch ${stretch}`;
  });
  return [...statistics, ...picture];
});

function bandName(state: AudioState, band: number): string {
  return state.coefficients > 0
    ? `coefficient ${band}`
    : `${Math.round(corner(state, band + 1))} Hz`;
}

function pictureRowName(state: AudioState, row: number): string {
  if (state.coefficients > 0) return bandName(state, row);
  const each = state.bands / pictureRows(state).rows;
  const [low, high] = [corner(state, row * each + 0.5), corner(state, (row + 1) * each + 0.5)];
  return `${Math.round(low)}–${Math.round(high)} Hz`;
}

/** The frequency of a corner of the bands' filters. */
function corner({ scale, bands, range }: AudioState, i: number): number {
  const { toMel, toHertz } = melScales[scale];
  const [low, high] = range.map(toMel);
  return toHertz(low + ((high - low) * i) / (bands + 1));
}

function statisticsOf(state: AudioState, frames: Float32Array, width: number): number[] {
  if (!state.statistics) return [];
  const count = frames.length / width;
  const bands = Array.from({ length: width }, (_, k) =>
    Float64Array.from({ length: count }, (_, t) => frames[t * width + k]).sort(),
  );
  const means = bands.map((band) => band.reduce((a, b) => a + b, 0) / count);
  const deviations = bands.map((band, k) =>
    Math.sqrt(band.reduce((sum, x) => sum + (x - means[k]) ** 2, 0) / count),
  );
  return [...means, ...deviations, ...shares.flatMap((s) => bands.map((b) => quantile(b, s)))];
}

/** A recording's frames as a picture of equal stretches of time and ranges of pitch, flat. */
export function pictureOf(state: PictureShape, frames: Float32Array, width: number): Float64Array {
  const { pictureTime } = state;
  const { rows, weights } = pictureRows(state);
  const out = new Float64Array(pictureTime * rows);
  const stretch = frames.length / width / pictureTime;
  for (let j = 0; j < pictureTime; j++) {
    const last = Math.min(frames.length / width, Math.ceil((j + 1) * stretch));
    for (let t = Math.floor(j * stretch); t < last; t++) {
      const share = overlap(t, j, stretch) / stretch;
      for (let k = 0; k < width; k++) {
        for (let r = 0; r < rows; r++)
          out[j * rows + r] += share * frames[t * width + k] * weights[k * rows + r];
      }
    }
  }
  return out;
}

/** Mean, deviation and quantiles of every band over a recording's frames, each `[rows, W]`. */
function statisticsInOnnx(
  state: AudioState,
  { frames, length, mask }: SoundValues,
  emit: Emit,
  onnx: OnnxBuilder,
): string[] {
  const column = onnx.int64s([-1, 1]);
  const counts = emit("Max", [emit("Cast", [length], toFloat), onnx.scalar(1)]);
  const count = emit("Reshape", [counts, column]);
  const shown = emit("Unsqueeze", [mask, onnx.int64s([2])]);
  const overTime = (values: string) =>
    emit("Div", [emit("ReduceSum", [values, onnx.int64s([1])], { keepdims: { int: 0 } }), count]);
  const mean = overTime(frames);
  const centred = emit("Mul", [
    emit("Sub", [frames, emit("Unsqueeze", [mean, onnx.int64s([1])])]),
    shown,
  ]);
  const deviation = emit("Sqrt", [overTime(emit("Mul", [centred, centred]))]);

  const hidden = emit("Mul", [emit("Sub", [onnx.scalar(1), shown]), onnx.scalar(beyond)]);
  // A row more: the engine's sorting fails where there is none.
  const zeros = new Float32Array(state.frames * frameWidth(state));
  const row = onnx.constant("float32", [1, state.frames, frameWidth(state)], zeros);
  const more = emit("Concat", [emit("Add", [frames, hidden]), row], { axis: { int: 0 } });
  const [ordered] = onnx.node("TopK", [more, onnx.int64s([state.frames])], {
    attributes: { axis: { int: 1 }, largest: { int: 0 } },
    outputs: 2,
  });
  const sorted = emit("Slice", [ordered, onnx.int64s([0]), onnx.int64s([-1]), onnx.int64s([0])]);
  const last = emit("Sub", [count, onnx.scalar(1)]);
  const places = onnx.constant(
    "float32",
    [state.frames],
    Float32Array.from({ length: state.frames }, (_, t) => t),
  );
  const quantiles = shares.map((share) => {
    // Linear between the two places nearest to share · (count − 1).
    const at = emit("Mul", [last, onnx.scalar(share)]);
    const far = emit("Abs", [emit("Sub", [places, at])]);
    const weights = emit("Relu", [emit("Sub", [onnx.scalar(1), far])]);
    const each = emit("Unsqueeze", [weights, onnx.int64s([1])]);
    return emit("Squeeze", [emit("MatMul", [each, sorted]), onnx.int64s([1])]);
  });
  return [mean, deviation, ...quantiles];
}

/** The recording as a picture of equal stretches of time, flat: `[rows, time · bands]`. */
function pictureInOnnx(
  state: AudioState,
  { frames, length }: SoundValues,
  emit: Emit,
  onnx: OnnxBuilder,
): string {
  const { pictureTime } = state;
  const { rows, weights } = pictureRows(state);
  const constant = (dims: readonly number[], values: (i: number) => number) =>
    onnx.constant(
      "float32",
      dims,
      Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => values(i)),
    );
  const counts = emit("Max", [emit("Cast", [length], toFloat), onnx.scalar(1)]);
  const count = emit("Reshape", [counts, onnx.int64s([-1, 1, 1])]);
  const stretch = emit("Mul", [count, onnx.scalar(1 / pictureTime)]);
  const starts = emit("Mul", [constant([pictureTime, 1], (j) => j), stretch]);
  const ends = emit("Add", [starts, stretch]);
  const width = frameWidth(state);
  const from = emit("Max", [constant([state.frames], (t) => t), starts]);
  const to = emit("Min", [constant([state.frames], (t) => t + 1), ends]);
  const time = emit("Div", [emit("Relu", [emit("Sub", [to, from])]), stretch]);
  const bands = constant([width, rows], (i) => weights[i]);
  const picture = emit("MatMul", [emit("MatMul", [time, frames]), bands]);
  return emit("Reshape", [picture, onnx.int64s([-1, pictureTime * rows])]);
}
