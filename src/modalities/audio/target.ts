import type { Column } from "../../data/columns.ts";
import { memo } from "../memo.ts";
import type { EncodeContext, Target } from "../modality.ts";
import { ElementMoments } from "../targets/element-moments.ts";
import { eachRecording } from "./cells.ts";
import { type PictureShape, pictureOf } from "./feature-view.ts";
import { formatFor, longestSeconds, rateVoters, signalOf } from "./learn.ts";
import type { Recording } from "./recording.ts";
import type { Resampler } from "./resample.ts";
import { frameMaker, framesIn, type SoundFormat } from "./spectrogram.ts";
import type { AudioOptions } from "./state.ts";

/** How a recording becomes a small picture of time and pitch. */
interface SoundReading extends SoundFormat, PictureShape {
  /** What is heard of a recording. */
  readonly seconds: number;
}

const resamplersOf = memo((_: SoundReading) => new Map<number, Resampler>());

/**
 * Log-mel frames as something to predict: the means over equal stretches of time and ranges of pitch, in units of
 * the deviation of all.
 */
export const audioTarget: Target<AudioOptions> = {
  learn(options, { stretches, bands }, name) {
    const seconds = options.seconds || longestSeconds;
    let waiting: Recording[] = [];
    let reading: SoundReading | undefined;
    let moments = new ElementMoments(0);
    const begin = (): SoundReading => {
      const chosen = { ...formatFor({ ...options, coefficients: 0 }, name, waiting), seconds };
      const rows = Math.min(bands, chosen.bands);
      reading = { ...chosen, pictureTime: stretches, pictureBands: rows };
      moments = new ElementMoments(stretches * rows);
      for (const recording of waiting) moments.add(soundOf(recording, reading));
      waiting = [];
      return reading;
    };
    return {
      async add(column, context) {
        const found = await recordings(column, seconds, context);
        for (const recording of found) {
          if (recording === undefined) continue;
          if (reading) moments.add(soundOf(recording, reading));
          else if (waiting.push(recording) === rateVoters) begin();
        }
      },
      finish() {
        const settled = reading ?? begin();
        return {
          form: "values",
          shape: [settled.pictureTime, settled.pictureBands],
          mean: moments.mean,
          scale: moments.together,
          spread: moments.spread,
          shows: "sound",
          reading: settled,
        };
      },
    };
  },
  async encode({ shape: [time, rows], reading }, column, out, context) {
    const format = reading as SoundReading;
    out.fill(Number.NaN);
    await eachRecording(column, context, format.seconds, (row, recording) => {
      out.set(soundOf(recording, format), row * time * rows);
    });
  },
};

/** The recordings of a column in the order of its rows. */
async function recordings(
  column: Column,
  seconds: number,
  context: EncodeContext,
): Promise<(Recording | undefined)[]> {
  const found = new Array<Recording | undefined>(column.length).fill(undefined);
  await eachRecording(column, context, seconds, (row, recording) => {
    found[row] = recording;
  });
  return found;
}

function soundOf(recording: Recording, format: SoundReading): Float64Array {
  const most = Math.max(1, Math.round(format.seconds * format.sampleRate));
  const signal = signalOf(recording, format, resamplersOf(format), most);
  const count = framesIn(format, signal.length);
  const frames = new Float32Array(count * format.bands);
  frameMaker(format).frames(signal, count, frames);
  return pictureOf(format, frames, format.bands);
}
