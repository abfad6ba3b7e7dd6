import { z } from "zod";
import type { Compared } from "../compared.ts";
import { memo } from "../memo.ts";
import { sequenceOptions } from "../sequence/sequence-options.ts";
import { soundEncoders } from "./encoders.ts";
import { melScales } from "./mel.ts";
import { type SoundFormat, samplesIn } from "./spectrogram.ts";

const share = (description: string, fallback = 0) =>
  z.number().min(0).max(1).default(fallback).describe(description);

export const audioOptions = z
  .strictObject({
    sampleRate: z
      .int()
      .min(0)
      .max(192_000)
      .refine((rate) => rate === 0 || rate >= 1000, "0 or at least 1000")
      .default(0)
      .describe(
        "Samples a second to which recordings are resampled; 0 takes the commonest rate of the training recordings, at most 16000.",
      ),
    channel: z
      .enum(["mix", "left", "right"])
      .default("mix")
      .describe("Which channels are heard: the mean of all, the first or the second."),
    seconds: z
      .number()
      .min(0)
      .max(600)
      .default(0)
      .describe(
        "Longest part of a recording that is heard, from its start; 0 takes the duration that 99 % of the training recordings do not exceed, at most 10.",
      ),
    level: z
      .boolean()
      .default(true)
      .describe(
        "Bring the loudest sample of each recording to full scale, so that its level does not matter.",
      ),
    window: z.number().min(1).max(500).default(25).describe("Length of a frame in milliseconds."),
    hop: z
      .number()
      .min(0.5)
      .max(500)
      .default(10)
      .describe("From the start of a frame to that of the next, in milliseconds."),
    bands: z.int().min(2).max(256).default(40).describe("Bands of pitch a frame."),
    scale: z
      .literal(Object.keys(melScales) as (keyof typeof melScales)[])
      .default("htk")
      .describe(
        "Scale of pitch: that of HTK with filters of height 1, or Slaney's with filters of area 1.",
      ),
    low: z.number().min(0).max(90_000).default(20).describe("Where the bands begin, in Hz."),
    high: z
      .number()
      .min(0)
      .max(96_000)
      .default(0)
      .describe("Where the bands end, in Hz; 0 is half the sample rate."),
    floor: z
      .number()
      .min(20)
      .max(100)
      .default(80)
      .describe("Decibels below a full-scale sine at which the logarithm levels out."),
    coefficients: z
      .int()
      .min(0)
      .max(256)
      .default(0)
      .describe(
        "Cosine coefficients (MFCC) of a frame in the place of its bands, at most as many as `bands`; 0 leaves the bands.",
      ),
    ...sequenceOptions({ encoder: "spectrogram", pooling: "mean" }, soundEncoders),
    timeMasks: z
      .int()
      .min(0)
      .max(16)
      .default(0)
      .describe("While training: stretches of time that are blanked in each recording."),
    timeMask: share("Longest blanked stretch, as a share of the recording.", 0.2),
    bandMasks: z
      .int()
      .min(0)
      .max(16)
      .default(0)
      .describe("While training: ranges of bands that are blanked in each recording."),
    bandMask: share("Widest blanked range, as a share of the bands.", 0.2),
    shift: share(
      "While training: furthest that a recording is moved back or forth, as a share of its room.",
    ),
    noise: z
      .number()
      .min(0)
      .max(10)
      .default(0)
      .describe("While training: deviation of noise that is added to the standardized frames."),
    gain: z
      .number()
      .min(0)
      .max(60)
      .default(0)
      .describe("While training: furthest that the level is moved up or down, in decibels."),
    statistics: z
      .boolean()
      .default(true)
      .describe(
        "Give families without an encoder the mean, deviation and quantiles of every band over time.",
      ),
    pictureTime: z
      .int()
      .min(0)
      .max(128)
      .default(16)
      .describe(
        "Give them the recording also as a picture of so many equal stretches of time; 0 leaves it out.",
      ),
    pictureBands: z.int().min(1).max(256).default(20).describe("Bands of that picture."),
  })
  .describe("A recording.");

export type AudioOptions = z.infer<typeof audioOptions>;

/** What is learned of a column of recordings. */
export interface AudioState extends SoundFormat {
  readonly rows: number;
  /** Cells without a recording; those that cannot be read come to light when they are encoded. */
  readonly missing: number;
  /** Recordings that were measured: the first readable ones. */
  readonly measured: number;
  /** How many of them are longer than what is heard, and the longest, in seconds. */
  readonly cropped: number;
  readonly longest: number;
  /** Frames a recording has room for. */
  readonly frames: number;
  /** Mean and deviation of each number of a frame. */
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
  /** Quantiles of the duration and of the mean number of a frame; models of before they were kept have none. */
  readonly compared?: Compared;
  /** What families without an encoder are given. */
  readonly statistics: boolean;
  readonly pictureTime: number;
  readonly pictureBands: number;
}

/** Samples that are heard of a recording. */
export const samplesHeard = memo((state: AudioState) => samplesIn(state, state.frames));

/** Seconds of a file that are decoded for so many samples: what resampling looks ahead is more. */
export function secondsOf(samples: number, sampleRate: number): number {
  return samples / sampleRate + 0.02;
}
