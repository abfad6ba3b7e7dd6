/** From samples to frames: logarithms of the power in bands of pitch, or their cosine transform. */
import { memo } from "../memo.ts";
import { fourierPlan, powerSpectrum } from "./fourier.ts";
import { cosineTransform, type MelScaleName, melFilters } from "./mel.ts";
import type { Hearing } from "./recording.ts";

/** How sound becomes frames; all that encoding and its ONNX form need. */
export interface SoundFormat {
  /** Samples a second to which recordings are resampled. */
  readonly sampleRate: number;
  readonly hearing: Hearing;
  /** Whether the loudest sample of each recording is brought to 1. */
  readonly level: boolean;
  /** Samples of a frame, and from the start of one to that of the next. */
  readonly window: number;
  readonly hop: number;
  /** Mel bands between two frequencies in Hz. */
  readonly bands: number;
  readonly scale: MelScaleName;
  readonly range: readonly [number, number];
  /** Power, as a share of that of a full-scale sine, that is added before the logarithm. */
  readonly floor: number;
  /** Cosine coefficients of a frame; 0 leaves the bands as they are. */
  readonly coefficients: number;
}

/** A peak below this is silence, which is not made louder. */
export const quietest = 1e-3;

/** Numbers a frame. */
export function frameWidth({
  bands,
  coefficients,
}: Pick<SoundFormat, "bands" | "coefficients">): number {
  return coefficients || bands;
}

/** Frames that cover so many samples; the last is filled with zeros. */
export function framesIn({ window, hop }: SoundFormat, samples: number): number {
  return samples === 0 ? 0 : 1 + Math.ceil(Math.max(0, samples - window) / hop);
}

/** Samples that so many frames cover. */
export function samplesIn({ window, hop }: SoundFormat, frames: number): number {
  return window + (frames - 1) * hop;
}

/** What frames of a format are made with. */
export interface FrameMaker {
  /** The window, scaled so that a full-scale sine has power 1 in its bin. */
  readonly window: Float64Array;
  /** Length of the transform: the power of two that holds the window. */
  readonly size: number;
  /** `[size / 2 + 1, bands]` */
  readonly filters: Float64Array;
  /** `[bands, coefficients]`, where coefficients are asked for. */
  readonly cosines: Float64Array | undefined;
  /** Writes the frames of a signal after one another, each `frameWidth` numbers. */
  frames(signal: Float32Array, count: number, out: Float32Array): void;
}

/**
 * Frames of a Hann window without padding before: the logarithm of (power in each mel band + floor), of a
 * signal whose peak is 1 where the format says so.
 */
export const frameMaker = memo((format: SoundFormat): FrameMaker => {
  const { bands, coefficients, floor, hop, level } = format;
  const width = frameWidth(format);
  const size = Math.max(4, 2 ** Math.ceil(Math.log2(format.window)));
  const bins = size / 2 + 1;
  const window = hann(format.window);
  const filters = melFilters(format.scale, bands, bins, format.sampleRate, format.range);
  const cosines = coefficients > 0 ? cosineTransform(bands, coefficients) : undefined;
  const plan = fourierPlan(size);
  const ranges = bandRanges(filters, bins, bands);
  const framed = new Float64Array(size);
  const power = new Float64Array(bins);
  const logs = new Float64Array(bands);
  return {
    window,
    size,
    filters,
    cosines,
    frames(signal, count, out) {
      const gain = level ? 1 / Math.max(quietest, peakOf(signal)) : 1;
      for (let t = 0; t < count; t++) {
        const from = t * hop;
        const filled = Math.min(window.length, signal.length - from);
        for (let i = 0; i < filled; i++) framed[i] = signal[from + i] * gain * window[i];
        framed.fill(0, Math.max(0, filled));
        powerSpectrum(plan, framed, power);
        for (let m = 0; m < bands; m++) {
          let sum = floor;
          for (let bin = ranges[2 * m]; bin < ranges[2 * m + 1]; bin++)
            sum += power[bin] * filters[bin * bands + m];
          logs[m] = Math.log(sum);
        }
        const at = t * width;
        if (cosines === undefined) out.set(logs, at);
        else {
          for (let k = 0; k < coefficients; k++) {
            let sum = 0;
            for (let m = 0; m < bands; m++) sum += logs[m] * cosines[m * coefficients + k];
            out[at + k] = sum;
          }
        }
      }
    },
  };
});

/** The periodic Hann window, over half of its sum. */
function hann(length: number): Float64Array {
  const window = Float64Array.from(
    { length },
    (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / length),
  );
  const sum = window.reduce((a, b) => a + b, 0);
  return window.map((w) => (2 * w) / Math.max(sum, 1e-9));
}

/** First bin of each band's filter and the one after its last. */
function bandRanges(filters: Float64Array, bins: number, bands: number): Int32Array {
  const ranges = new Int32Array(2 * bands);
  for (let m = 0; m < bands; m++) {
    let first = 0;
    while (first < bins && filters[first * bands + m] === 0) first++;
    let end = bins;
    while (end > first && filters[(end - 1) * bands + m] === 0) end--;
    ranges.set([first, end], 2 * m);
  }
  return ranges;
}

function peakOf(signal: Float32Array): number {
  let peak = 0;
  for (const x of signal) peak = Math.max(peak, Math.abs(x));
  return peak;
}
