/** Frames of sound in ONNX: the same numbers as `spectrogram.ts`, by standard operators. */
import type { OnnxBuilder } from "../../compiler/onnx/builder.ts";
import { dtypeCode } from "../../compiler/onnx/tensor-data.ts";
import { frameMaker, frameWidth, quietest } from "./spectrogram.ts";
import { type AudioState, samplesHeard } from "./state.ts";

/** Emits one node with one result. */
export type Emit = (type: string, inputs: readonly string[], attributes?: Attributes) => string;
type Attributes = NonNullable<Parameters<OnnxBuilder["node"]>[2]>["attributes"];

export function emitter(onnx: OnnxBuilder): Emit {
  return (type, inputs, attributes) => onnx.node(type, inputs, { attributes })[0];
}

export const toFloat: Attributes = { to: { int: dtypeCode("float32") } };

/** ONNX values of a column of recordings. */
export interface SoundValues {
  /** Standardized frames, 0 after a recording's end: float32 `[rows, T, W]`. */
  readonly frames: string;
  /** Frames that a recording has: int32 `[rows]`. */
  readonly length: string;
  /** 1 for each frame that a recording has: float32 `[rows, T]`. */
  readonly mask: string;
  /** float32 `[rows, 1]` */
  readonly present: string;
}

/**
 * Declares the inputs `<name>` float32 `[rows, samples]` and `<name>.length` int32 `[rows, 1]`, the samples
 * that a recording has (0 where it is missing), and emits the frames: each window times its sines and
 * cosines is a convolution.
 */
export function emitFrames(
  state: AudioState,
  name: string,
  onnx: OnnxBuilder,
  rows: string,
): SoundValues {
  const emit = emitter(onnx);
  const samples = samplesHeard(state);
  const { hop, bands, floor, frames, mean, deviation } = state;
  const width = frameWidth(state);
  const { cosines } = frameMaker(state);
  const wave = onnx.input(name, "float32", [rows, samples]);
  const count = onnx.input(`${name}.length`, "int32", [rows, 1]);
  const zero = onnx.scalar(0);

  const heard = emit("Where", [emit("Less", [counting(onnx, samples), count]), wave, zero]);
  const level = state.level
    ? emit("Div", [
        heard,
        emit("Max", [
          emit("ReduceMax", [emit("Abs", [heard]), onnx.int64s([1])]),
          onnx.scalar(quietest),
        ]),
      ])
    : heard;
  const { weights, filters, bins } = waves(state);
  const kernel = onnx.constant("float32", [2 * bins, 1, state.window], weights);
  const spectrum = emit("Conv", [emit("Unsqueeze", [level, onnx.int64s([1])]), kernel], {
    strides: { ints: [hop] },
  });
  // Frames of all recordings below one another: a batch of products fails where there are no rows.
  const turned = emit("Transpose", [spectrum], { perm: { ints: [0, 2, 1] } });
  const listed = emit("Reshape", [turned, onnx.int64s([-1, 2 * bins])]);
  const power = emit("Mul", [listed, listed]);
  const summed = emit("MatMul", [power, onnx.constant("float32", [2 * bins, bands], filters)]);
  const logs = emit("Log", [emit("Add", [summed, onnx.scalar(floor)])]);
  const made = cosines
    ? emit("MatMul", [logs, onnx.constant("float32", [bands, width], Float32Array.from(cosines))])
    : logs;
  const row = (values: readonly number[]) =>
    onnx.constant("float32", [width], Float32Array.from(values));
  const each = emit("Div", [emit("Sub", [made, row(mean)]), row(deviation)]);
  const standard = emit("Reshape", [each, onnx.int64s([-1, frames, width])]);

  const length = frameCount(state, emit, onnx, count);
  const mask = emit("Cast", [emit("Less", [counting(onnx, frames), length])], toFloat);
  const shown = emit("Mul", [standard, emit("Unsqueeze", [mask, onnx.int64s([2])])]);
  return {
    frames: shown,
    length: emit("Reshape", [length, onnx.int64s([-1])]),
    mask,
    present: emit("Cast", [emit("Greater", [count, onnx.scalar(0, "int32")])], toFloat),
  };
}

/** 0, 1, 2, … as int32. */
function counting(onnx: OnnxBuilder, length: number): string {
  return onnx.constant(
    "int32",
    [length],
    Int32Array.from({ length }, (_, i) => i),
  );
}

/** (max(n, window) − window + hop − 1) / hop + 1, and 0 for n = 0. */
function frameCount(
  { window, hop }: AudioState,
  emit: Emit,
  onnx: OnnxBuilder,
  count: string,
): string {
  const int = (value: number) => onnx.scalar(value, "int32");
  const over = emit("Sub", [emit("Max", [count, int(window)]), int(window - hop + 1)]);
  const frames = emit("Add", [emit("Div", [over, int(hop)]), int(1)]);
  return emit("Where", [emit("Greater", [count, int(0)]), frames, int(0)]);
}

/**
 * The windowed cosines and sines of the bins that some band hears, `[2 · bins, 1, window]`, and the bands'
 * filters over the squares of both, `[2 · bins, bands]`.
 */
function waves(state: AudioState) {
  const { window, size, filters } = frameMaker(state);
  const { bands } = state;
  const all = Array.from({ length: size / 2 + 1 }, (_, bin) => bin);
  const heard = all.filter((bin) =>
    filters.subarray(bin * bands, (bin + 1) * bands).some((f) => f > 0),
  );
  const bins = heard.length;
  const weights = new Float32Array(2 * bins * window.length);
  const squares = new Float32Array(bands * 2 * bins);
  heard.forEach((bin, k) => {
    for (let i = 0; i < window.length; i++) {
      const angle = (-2 * Math.PI * bin * i) / size;
      weights[2 * k * window.length + i] = window[i] * Math.cos(angle);
      weights[(2 * k + 1) * window.length + i] = window[i] * Math.sin(angle);
    }
    const row = filters.subarray(bin * bands, (bin + 1) * bands);
    squares.set(row, 2 * k * bands);
    squares.set(row, (2 * k + 1) * bands);
  });
  return { weights, filters: squares, bins };
}
