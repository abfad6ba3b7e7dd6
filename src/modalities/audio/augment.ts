import type { Random } from "../../core/random.ts";
import type { Augment } from "../modality.ts";
import { frameWidth } from "./spectrogram.ts";
import type { AudioOptions, AudioState } from "./state.ts";

/**
 * How frames are varied while training: moved in time, made louder or softer, made noisy, and blanked in
 * stretches of time and ranges of bands, where 0 stands for the mean. @cite park2019
 */
export function augmentAudio(state: AudioState, options: AudioOptions): Augment | undefined {
  const { timeMasks, timeMask, bandMasks, bandMask, shift, noise, gain } = options;
  if (timeMasks + bandMasks + shift + noise + gain === 0) return undefined;
  const width = frameWidth(state);
  const room = state.frames * width;
  const louder = gainVector(state);
  return ([frames, length], rows, random) => {
    for (let row = 0; row < rows; row++) {
      let count = Number(length[row]);
      if (count === 0) continue;
      const mine = (frames as Float32Array).subarray(row * room, (row + 1) * room);
      if (shift > 0) {
        count = move(mine, count, width, Math.round(shift * state.frames), random);
        length[row] = count;
      }
      const filled = mine.subarray(0, count * width);
      if (gain > 0) {
        const decibels = (2 * random.uniform() - 1) * gain;
        for (let i = 0; i < filled.length; i++) filled[i] += decibels * louder[i % width];
      }
      if (noise > 0) for (let i = 0; i < filled.length; i++) filled[i] += noise * random.normal();
      for (let m = 0; m < timeMasks; m++) {
        const [from, to] = stretch(count, timeMask, random);
        filled.fill(0, from * width, to * width);
      }
      for (let m = 0; m < bandMasks; m++) {
        const [from, to] = stretch(width, bandMask, random);
        for (let t = 0; t < count; t++) filled.fill(0, t * width + from, t * width + to);
      }
    }
  };
}

/** What one decibel adds to each number of a frame. */
function gainVector({ bands, coefficients, deviation }: AudioState): Float64Array {
  const natural = Math.LN10 / 10;
  return Float64Array.from(deviation, (d, k) => {
    if (coefficients === 0) return natural / d;
    return k === 0 ? (natural * Math.sqrt(bands)) / d : 0;
  });
}

/** A stretch of at most a share of some places, of any length from 0 and anywhere. */
function stretch(places: number, share: number, random: Random): [number, number] {
  const length = random.integer(Math.floor(share * places) + 1);
  const from = random.integer(places - length + 1);
  return [from, from + length];
}

/**
 * Moves a recording: back, so that its first frames are lost, or forth, so that blank frames come before it
 * and what no longer has room is lost.
 * @returns the frames it then has, at least one.
 */
function move(
  frames: Float32Array,
  count: number,
  width: number,
  most: number,
  random: Random,
): number {
  const room = frames.length / width;
  const by = random.integer(2 * most + 1) - most;
  const lost = Math.min(count - 1, Math.max(0, -by));
  const before = Math.min(room - 1, Math.max(0, by));
  const kept = Math.min(count - lost, room - before);
  frames.copyWithin(before * width, lost * width, (lost + kept) * width);
  frames.fill(0, 0, before * width);
  frames.fill(0, (before + kept) * width);
  return before + kept;
}
