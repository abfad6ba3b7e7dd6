/**
 * @file Digit pairs: a written digit (MNIST) and a spoken one (Free Spoken Digit Dataset) of the same class, both made
 * hard on purpose, so that neither is enough alone. This is a data set of its own, not one of those called AV-MNIST.
 *
 *     npx tsx bench/digit-pairs-data.ts pairs.json [--seed 0]    # for peers/digit_pairs_sklearn.py
 *
 * Of a picture its first 4 principal components are kept; of a recording the log-mel power of 20 bands in 16 stretches of
 * time, each number standardised by the training recordings, and noise of deviation 3 added, anew for each pair. 4,000
 * training pairs are of 4,000 pictures and the 2,700 official training recordings; each of 2,000 pictures of MNIST's
 * test goes with one of the 300 official test recordings of its digit.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import { Random } from "../src/core/random.ts";
import { monoOf } from "../src/modalities/audio/recording.ts";
import { frameMaker, framesIn, type SoundFormat } from "../src/modalities/audio/spectrogram.ts";
import { decodeWav } from "../src/modalities/audio/wav.ts";

export interface DigitPair {
  readonly part: "train" | "test";
  readonly digit: string;
  /** Scores of 4 principal components. */
  readonly image: readonly number[];
  /** 16 stretches of time × 20 bands. */
  readonly sound: readonly number[];
}

interface PairOptions {
  readonly data: string;
  readonly seed: number;
  readonly components: number;
  readonly noise: number;
}

const counts = { train: 4000, test: 2000 } as const;
const stretches = 16;
const format: SoundFormat = {
  sampleRate: 8000,
  hearing: "mix",
  level: true,
  window: 200,
  hop: 80,
  bands: 20,
  scale: "htk",
  range: [20, 4000],
  floor: 1e-4,
  coefficients: 0,
};

/** The pairs of a seed: training pairs first. */
export function digitPairs({ data, seed, components, noise }: PairOptions): DigitPair[] {
  const sounds = recordings(join(data, "fsdd"));
  const parts = (["train", "test"] as const).map((part) => {
    const pictures = idx(join(data, "mnist", `${part === "train" ? part : "t10k"}-images-idx3`));
    const labels = idx(join(data, "mnist", `${part === "train" ? part : "t10k"}-labels-idx1`));
    const random = Random.from(seed, "digit-pairs", part);
    const chosen = random.permutation(labels.length).subarray(0, counts[part]);
    const pixels = Array.from(chosen, (i) =>
      Float64Array.from(pictures.subarray(784 * i, 784 * (i + 1)), (v) => v / 255),
    );
    return { part, random, pixels, digits: Array.from(chosen, (i) => labels[i]) };
  });
  const { mean, axes } = principalAxes(parts[0].pixels, components);
  return parts.flatMap(({ part, random, pixels, digits }) =>
    digits.map((digit, i): DigitPair => {
      const said = sounds.filter((s) => s.part === part && s.digit === digit);
      const { features } = said[random.integer(said.length)];
      return {
        part,
        digit: String(digit),
        image: axes.map((axis) => dot(axis, pixels[i]) - dot(axis, mean)),
        sound: Array.from(features, (v) => v + noise * random.normal()),
      };
    }),
  );
}

/** The values of a gzipped idx file of bytes, whose header ends after its sizes. */
function idx(file: string): Uint8Array {
  const bytes = gunzipSync(readFileSync(`${file}-ubyte.gz`));
  return bytes.subarray(4 + 4 * bytes[3]);
}

interface Spoken {
  readonly part: string;
  readonly digit: number;
  readonly features: Float64Array;
}

/** Every recording as log-mel stretches, standardised by those of the training part. */
function recordings(folder: string): Spoken[] {
  const [head, ...lines] = readFileSync(join(folder, "index.csv"), "utf8").trim().split("\n");
  const at = (name: string) => head.split(",").indexOf(name);
  const spoken = lines.map((line): Spoken => {
    const cells = line.split(",");
    const file = readFileSync(join(folder, "recordings", cells[at("file")]));
    const features = stretched(monoOf(decodeWav(file), "mix"));
    return { part: cells[at("split")], digit: Number(cells[at("digit")]), features };
  });
  const train = spoken.filter((s) => s.part === "train");
  for (let f = 0; f < stretches * format.bands; f++) {
    const mean = train.reduce((sum, s) => sum + s.features[f], 0) / train.length;
    const square = train.reduce((sum, s) => sum + (s.features[f] - mean) ** 2, 0) / train.length;
    for (const { features } of spoken) features[f] = (features[f] - mean) / Math.sqrt(square);
  }
  return spoken;
}

/** The mean frame of each of 16 equal stretches of a recording. */
function stretched(signal: Float32Array): Float64Array {
  const { bands } = format;
  const count = framesIn(format, signal.length);
  const frames = new Float32Array(count * bands);
  frameMaker(format).frames(signal, count, frames);
  const out = new Float64Array(stretches * bands);
  for (let s = 0; s < stretches; s++) {
    const from = Math.floor((s * count) / stretches);
    const to = Math.max(from + 1, Math.ceil(((s + 1) * count) / stretches));
    for (let t = from; t < to; t++)
      for (let b = 0; b < bands; b++) out[s * bands + b] += frames[t * bands + b] / (to - from);
  }
  return out;
}

/** The mean of rows, and the directions in which they vary most, by orthogonal iteration. */
function principalAxes(rows: readonly Float64Array[], count: number) {
  const size = rows[0].length;
  const mean = new Float64Array(size);
  for (const row of rows) for (let i = 0; i < size; i++) mean[i] += row[i] / rows.length;
  const covariance = Array.from({ length: size }, () => new Float64Array(size));
  for (const row of rows) {
    const centred = row.map((v, i) => v - mean[i]);
    for (let i = 0; i < size; i++) {
      const v = centred[i] / rows.length;
      if (v !== 0) for (let j = 0; j < size; j++) covariance[i][j] += v * centred[j];
    }
  }
  const random = Random.from(0, "principal axes");
  let axes: Float64Array[] = Array.from({ length: count }, () =>
    Float64Array.from({ length: size }, () => random.normal()),
  );
  for (let step = 0; step < 300; step++) {
    const next: typeof axes = [];
    for (const axis of axes) {
      const image = Float64Array.from(covariance, (row) => dot(row, axis));
      for (const other of next) {
        const along = dot(image, other);
        for (let i = 0; i < size; i++) image[i] -= along * other[i];
      }
      const length = Math.sqrt(dot(image, image));
      next.push(image.map((v) => v / length));
    }
    axes = next;
  }
  return { mean, axes };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values, positionals } = parseArgs({
    options: {
      data: {
        type: "string",
        default: fileURLToPath(new URL("../../shared/data", import.meta.url)),
      },
      seed: { type: "string", default: "0" },
    },
    allowPositionals: true,
  });
  const { data, seed } = values;
  const pairs = digitPairs({ data, seed: Number(seed), components: 4, noise: 3 });
  writeFileSync(positionals[0], JSON.stringify(pairs));
}
