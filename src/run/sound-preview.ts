import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import sharp from "sharp";
import { mediaOfBytes } from "../data/media.ts";
import { decodeRecording } from "../modalities/audio/cells.ts";
import { monoOf } from "../modalities/audio/recording.ts";
import { frameMaker, framesIn } from "../modalities/audio/spectrogram.ts";

/** A recording to look at and to listen to. */
export interface SoundPreview {
  /** Its waveform above its spectrogram, low pitch below: a PNG as a data URI. */
  readonly picture: string;
  readonly seconds: number;
  /** The file itself as a data URI, where it is small. */
  readonly sound?: string;
}

const width = 216;
const waveHeight = 40;
const bands = 64;
/** What is drawn of a recording, from its start. */
const secondsDrawn = 10;
const smallFile = 96 * 1024;
/** Decibels below the loudest place that are still told apart. */
const contrast = 70;

const mediaTypes: Readonly<Record<string, string>> = {
  wav: "audio/wav",
  mp3: "audio/mpeg",
  flac: "audio/flac",
  ogg: "audio/ogg",
};

/** Draws the recording of a cell; undefined where it cannot be read. */
export async function soundPreview(
  value: unknown,
  baseDir: string | undefined,
): Promise<SoundPreview | undefined> {
  try {
    const bytes =
      value instanceof Uint8Array ? value : readFileSync(resolve(baseDir ?? ".", String(value)));
    const recording = await decodeRecording(bytes, secondsDrawn);
    const signal = monoOf(recording, "mix");
    const most = Math.floor(secondsDrawn * recording.sampleRate);
    const picture = await draw(signal.subarray(0, most), recording.sampleRate);
    const type = mediaTypes[mediaOfBytes(bytes).format];
    const sound = `data:${type};base64,${Buffer.from(bytes).toString("base64")}`;
    return {
      picture,
      seconds: recording.length / recording.sampleRate,
      ...(bytes.length <= smallFile && type !== undefined && { sound }),
    };
  } catch {
    return undefined;
  }
}

async function draw(signal: Float32Array, sampleRate: number): Promise<string> {
  const height = waveHeight + bands;
  const pixels = Buffer.alloc(width * height * 3, 255);
  const paint = (x: number, y: number, strength: number) => {
    // From white to a dark blue.
    pixels.set(
      [255 - 228 * strength, 255 - 203 * strength, 255 - 165 * strength],
      3 * (y * width + x),
    );
  };
  const peak = signal.reduce((most, x) => Math.max(most, Math.abs(x)), 1e-9);
  for (let x = 0; x < width; x++) {
    const from = Math.floor((x * signal.length) / width);
    const part = signal.subarray(
      from,
      Math.max(from + 1, Math.floor(((x + 1) * signal.length) / width)),
    );
    const low = part.reduce((a, b) => Math.min(a, b), 0) / peak;
    const high = part.reduce((a, b) => Math.max(a, b), 0) / peak;
    const row = (level: number) => Math.round(((1 - level) / 2) * (waveHeight - 3)) + 1;
    for (let y = row(high); y <= row(low); y++) paint(x, y, 0.85);
  }
  const format = {
    sampleRate,
    hearing: "mix",
    level: true,
    window: Math.max(8, Math.round(sampleRate / 40)),
    hop: Math.max(1, Math.round(sampleRate / 200)),
    bands,
    scale: "slaney",
    range: [20, sampleRate / 2],
    floor: 1e-9,
    coefficients: 0,
  } as const;
  const count = framesIn(format, signal.length);
  const frames = new Float32Array(count * bands);
  frameMaker(format).frames(signal, count, frames);
  const loudest = frames.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const range = (contrast / 10) * Math.LN10;
  for (let x = 0; x < width; x++) {
    const t = Math.floor((x * count) / width);
    for (let m = 0; m < bands; m++) {
      const strength = 1 + (frames[t * bands + m] - loudest) / range;
      paint(x, height - 1 - m, Math.min(1, Math.max(0, strength)));
    }
  }
  const png = await sharp(pixels, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
  return `data:image/png;base64,${png.toString("base64")}`;
}
