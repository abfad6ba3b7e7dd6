/** Sound as it was decoded. */
export interface Recording {
  /** Samples a second. */
  readonly sampleRate: number;
  /** Samples a channel that the file has; `channels` may hold fewer, where no more were asked for. */
  readonly length: number;
  /** Samples of each channel, full scale at ±1. */
  readonly channels: readonly Float32Array[];
}

/** Which channels are heard. */
export type Hearing = "mix" | "left" | "right";

/** One channel of a recording: the mean of all, the first or the second. */
export function monoOf({ channels }: Recording, hearing: Hearing): Float32Array {
  if (channels.length === 1 || hearing === "left") return channels[0];
  if (hearing === "right") return channels[1];
  const [first, ...others] = channels;
  return first.map((x, i) => {
    let sum = x;
    for (const other of others) sum += other[i];
    return sum / channels.length;
  });
}

const rates = [1_000, 768_000] as const;

/**
 * Refuses recordings that nothing can be made of.
 * @throws Error without samples, channels or a plausible rate.
 */
export function checkRecording(recording: Recording): Recording {
  const { sampleRate, channels, length } = recording;
  if (channels.length === 0) throw new Error("it has no channels");
  if (!(sampleRate >= rates[0] && sampleRate <= rates[1])) {
    throw new Error(`its ${sampleRate} samples a second are not from ${rates[0]} to ${rates[1]}`);
  }
  if (length === 0 || channels[0].length === 0) throw new Error("it has no samples");
  return recording;
}

/** @throws Error where a sample is not finite, or beyond any level that a recorder writes. */
export function checkLevels(channels: readonly Float32Array[]): void {
  for (const samples of channels) {
    for (let i = 0; i < samples.length; i++) {
      // Arithmetic on still higher levels would overflow.
      if (!(samples[i] <= 1e6 && samples[i] >= -1e6))
        throw new Error(`sample ${i + 1} is ${samples[i]}, not a level of sound`);
    }
  }
}
