import type { TypedArray } from "../../core/dtype.ts";
import type { Column } from "../../data/columns.ts";
import { memo } from "../memo.ts";
import type { EncodeContext, RawTensor, View } from "../modality.ts";
import { eachRecording } from "./cells.ts";
import { signalOf } from "./learn.ts";
import type { Resampler } from "./resample.ts";
import { emitFrames } from "./sound-onnx.ts";
import { frameMaker, framesIn, frameWidth } from "./spectrogram.ts";
import { type AudioState, samplesHeard, secondsOf } from "./state.ts";

const resamplersOf = memo((_: AudioState) => new Map<number, Resampler>());

/** Hands over what is heard of each recording, at the state's rate. */
function eachSignal(
  state: AudioState,
  column: Column,
  context: EncodeContext,
  visit: (row: number, signal: Float32Array) => void,
): Promise<Uint8Array> {
  const most = samplesHeard(state);
  const resamplers = resamplersOf(state);
  const seconds = secondsOf(most, state.sampleRate);
  return eachRecording(column, context, seconds, (row, recording) =>
    visit(row, signalOf(recording, state, resamplers, most)),
  );
}

/** Standardized frames, 0 after a recording's end, and how many it has. */
export async function encodeFrames(
  state: AudioState,
  column: Column,
  [frames, length]: readonly TypedArray[],
  present: Float32Array,
  context: EncodeContext,
): Promise<void> {
  const { mean, deviation } = state;
  const width = frameWidth(state);
  const room = state.frames * width;
  const maker = frameMaker(state);
  frames.fill(0 as never, 0, column.length * room);
  length.fill(0 as never, 0, column.length);
  const done = await eachSignal(state, column, context, (row, signal) => {
    const count = framesIn(state, signal.length);
    const mine = (frames as Float32Array).subarray(row * room, row * room + count * width);
    maker.frames(signal, count, mine);
    for (let i = 0; i < mine.length; i++) {
      const k = i % width;
      mine[i] = (mine[i] - mean[k]) / deviation[k];
    }
    length[row] = count;
  });
  present.set(done);
}

/** Samples of each recording, and how many it has. */
export async function rawSamples(
  state: AudioState,
  name: string,
  column: Column,
  context: EncodeContext,
): Promise<Record<string, RawTensor>> {
  const room = samplesHeard(state);
  const data = new Float32Array(column.length * room);
  const length = new Int32Array(column.length);
  await eachSignal(state, column, context, (row, signal) => {
    data.set(signal, row * room);
    length[row] = signal.length;
  });
  return {
    [name]: { dtype: "float32", dims: [column.length, room], data },
    [`${name}.length`]: { dtype: "int32", dims: [column.length, 1], data: length },
  };
}

/** Frames for the network's encoder, and their number. */
export const audioNetworkView: View<AudioState> = {
  feeds: (state) => [
    { name: "frames", dtype: "float32", shape: [state.frames, frameWidth(state)] },
    { name: "length", dtype: "int32", shape: [] },
  ],
  arrives: () => true,
  encode: encodeFrames,
  boundary(state, name, onnx, rows) {
    const { frames, length, present } = emitFrames(state, name, onnx, rows);
    return { feeds: { frames, length }, present };
  },
  raw: rawSamples,
};
