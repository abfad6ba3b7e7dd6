import { ConfigError } from "../../core/errors.ts";
import { type Column, countMissing, take } from "../../data/columns.ts";
import { Comparing } from "../compared.ts";
import type { EncodeContext, Learning } from "../modality.ts";
import { quantile } from "../reservoir.ts";
import { eachRecording } from "./cells.ts";
import { monoOf, type Recording } from "./recording.ts";
import { type Resampler, resample, resampler } from "./resample.ts";
import { frameMaker, framesIn, frameWidth, type SoundFormat } from "./spectrogram.ts";
import type { AudioOptions, AudioState } from "./state.ts";

/** Recordings that are measured: the first readable ones. */
const measureLimit = 2_000;
/** Recordings looked at before asking whether there are enough. */
const measureStep = 64;
/** Recordings that decide the sample rate, where it is left open. */
export const rateVoters = 32;
/** Highest rate and longest duration that are chosen where they are left open. */
const highestRate = 16_000;
export const longestSeconds = 10;
/** Share of recordings that are heard in full. */
const coverage = 0.99;

/** Learns the rate, the room and the level of every band, one recording after another. */
export function learnAudio(options: AudioOptions, name: string): Learning<AudioState> {
  if (options.coefficients > options.bands) {
    throw new ConfigError(
      "CONFIG_INVALID",
      `inputs.${name}.coefficients: at most as many as bands, ${options.bands}; got ${options.coefficients}`,
    );
  }
  const durations: number[] = [];
  let waiting: Recording[] = [];
  let measurer: FrameMeasurer | undefined;
  let [rows, missing] = [0, 0];

  const begin = () => {
    measurer = new FrameMeasurer(formatFor(options, name, waiting));
    for (const recording of waiting) measurer.add(recording);
    waiting = [];
    return measurer;
  };
  const measure = async (column: Column, context: EncodeContext) => {
    const found = new Map<number, Recording>();
    // Learning is quiet: the same cells are encoded later, and reported then.
    const quiet = { ...context, problem: () => {} };
    const seconds = options.seconds || longestSeconds;
    await eachRecording(column, quiet, seconds, (row, recording) => found.set(row, recording));
    for (let row = 0; row < column.length && durations.length < measureLimit; row++) {
      const recording = found.get(row);
      if (recording === undefined) continue;
      durations.push(recording.length / recording.sampleRate);
      if (measurer) measurer.add(recording);
      else if (waiting.push(recording) === rateVoters) begin();
    }
  };

  return {
    async add(column, context) {
      rows += column.length;
      missing += countMissing(column);
      for (let from = 0; from < column.length; from += measureStep) {
        if (durations.length >= measureLimit) return;
        const length = Math.min(measureStep, column.length - from);
        const some = Int32Array.from({ length }, (_, i) => from + i);
        await measure(take(column, some), context);
      }
    },
    finish() {
      const { format, moments, compared } = measurer ?? begin();
      const heard = options.seconds || heardSeconds(durations);
      const frames = framesIn(format, Math.max(1, Math.round(heard * format.sampleRate)));
      const room = (format.window + (frames - 1) * format.hop) / format.sampleRate;
      return {
        ...format,
        rows,
        missing,
        measured: durations.length,
        cropped: durations.filter((seconds) => seconds > room).length,
        longest: durations.reduce((a, b) => Math.max(a, b), 0),
        frames,
        ...moments(),
        compared: compared(),
        statistics: options.statistics,
        pictureTime: options.pictureTime,
        pictureBands: options.pictureBands,
      };
    },
  };
}

function heardSeconds(durations: readonly number[]): number {
  if (durations.length === 0) return 1;
  return Math.min(longestSeconds, quantile(Float64Array.from(durations).sort(), coverage));
}

/** @throws ConfigError where bands do not fit below half the sample rate. */
export function formatFor(
  options: AudioOptions,
  name: string,
  recordings: readonly Recording[],
): SoundFormat {
  const sampleRate = options.sampleRate || commonestRate(recordings);
  const high = Math.min(options.high || sampleRate / 2, sampleRate / 2);
  if (options.low >= high) {
    throw new ConfigError(
      "CONFIG_INVALID",
      `inputs.${name}.low: below the highest band, ${high} Hz; got ${options.low}`,
    );
  }
  const samples = (milliseconds: number) =>
    Math.max(1, Math.round((milliseconds / 1000) * sampleRate));
  return {
    sampleRate,
    hearing: options.channel,
    level: options.level,
    window: samples(options.window),
    hop: samples(options.hop),
    bands: options.bands,
    scale: options.scale,
    range: [options.low, high],
    floor: 10 ** (-options.floor / 10),
    coefficients: options.coefficients,
  };
}

/** The rate of most recordings, the highest of equals. */
function commonestRate(recordings: readonly Recording[]): number {
  const counts = new Map<number, number>();
  for (const { sampleRate } of recordings)
    counts.set(sampleRate, (counts.get(sampleRate) ?? 0) + 1);
  const [commonest] = [...counts].sort(([a, m], [b, n]) => n - m || b - a);
  return Math.min(highestRate, commonest?.[0] ?? highestRate);
}

/** Sums over the frames of recordings. */
class FrameMeasurer {
  readonly format: SoundFormat;
  private readonly sums: Float64Array;
  private readonly squares: Float64Array;
  private readonly resamplers = new Map<number, Resampler>();
  private readonly comparing = new Comparing();
  private count = 0;

  constructor(format: SoundFormat) {
    this.format = format;
    this.sums = new Float64Array(frameWidth(format));
    this.squares = new Float64Array(frameWidth(format));
  }

  add(recording: Recording): void {
    const { format, sums, squares } = this;
    const width = sums.length;
    const signal = signalOf(recording, format, this.resamplers);
    const count = framesIn(format, signal.length);
    const frames = new Float32Array(count * width);
    frameMaker(format).frames(signal, count, frames);
    let total = 0;
    for (let i = 0; i < frames.length; i++) {
      sums[i % width] += frames[i];
      squares[i % width] += frames[i] ** 2;
      total += frames[i];
    }
    this.count += count;
    const seconds = recording.length / recording.sampleRate;
    this.comparing.add({ seconds, "mean of frames": total / frames.length });
  }

  compared = () => this.comparing.finish();

  moments = () => {
    const count = Math.max(1, this.count);
    const mean = [...this.sums].map((sum) => sum / count);
    const deviation = [...this.squares].map((sum, i) => {
      const d = Math.sqrt(Math.max(0, sum / count - mean[i] ** 2));
      return d > 1e-3 ? d : 1;
    });
    return { mean, deviation };
  };
}

/** What is heard of a recording, at the format's rate. */
export function signalOf(
  recording: Recording,
  format: SoundFormat,
  resamplers: Map<number, Resampler>,
  most?: number,
): Float32Array {
  let convert = resamplers.get(recording.sampleRate);
  if (convert === undefined) {
    convert = resampler(recording.sampleRate, format.sampleRate);
    resamplers.set(recording.sampleRate, convert);
  }
  return resample(monoOf(recording, format.hearing), convert, most);
}
