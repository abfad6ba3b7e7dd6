import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Random } from "../../core/random.ts";
import { columnFromCells } from "../../data/from-rows.ts";
import { checkModality, encodeColumn, learnState, strictContext } from "../contract.ts";
import { audio } from "./audio.ts";
import { farthest, pcm, wavOf } from "./fixtures/wav-file.ts";
import type { AudioState } from "./state.ts";

const column = (cells: readonly unknown[], storage: "bytes" | "string" = "bytes") =>
  columnFromCells("x", cells, storage, { origin: "test", convert: false });

const random = Random.from(3, "sounds");

/** A tone in noise that comes and goes. */
function tone(hertz: number, samples: number, rate = 8000, volume = 0.5): Buffer {
  const values = Array.from({ length: samples }, (_, i) => {
    const swell = Math.sin((Math.PI * i) / samples);
    const x = Math.sin((2 * Math.PI * hertz * i) / rate) + 0.1 * random.normal();
    return Math.round(32767 * Math.max(-1, Math.min(1, volume * swell * x)));
  });
  return wavOf(pcm(...values), { rate });
}

const sounds = [
  tone(440, 3000),
  null,
  tone(1200, 1700),
  tone(700, 5000, 16000),
  tone(300, 150),
  tone(2500, 4001, 8000, 0.01),
  wavOf(pcm(9)),
  wavOf(pcm(...new Array(900).fill(0))),
];

describe("encoding", () => {
  const variants = [
    {},
    { coefficients: 13, bands: 26, scale: "slaney" },
    { level: false, sampleRate: 4000, window: 20, hop: 7, seconds: 0.2 },
    { statistics: false, pictureTime: 5, pictureBands: 7 },
    { pictureTime: 0 },
    { statistics: false, pictureTime: 0 },
  ];
  test.each(variants)("in ONNX from samples is that of encode: %o", async (options) => {
    const state = await checkModality(audio, options, column(sounds), { tolerance: 1e-4 });
    expect(state).toMatchObject({ rows: 8, missing: 1, measured: 7 });
  });

  test("learns the commonest rate, the duration of nearly all, and each band's level", async () => {
    const cells = column([...new Array(99).fill(sounds[2]), tone(500, 80_000)]);
    const state = await learnState(audio, {}, [cells]);
    expect(state).toMatchObject({
      sampleRate: 8000,
      window: 200,
      hop: 80,
      cropped: 1,
      longest: 10,
    });
    // The 99 % quantile lies a hundredth of the way from 1700 to 80,000 samples.
    expect(state.frames).toBe(1 + Math.ceil((1700 + 0.01 * 78_300 - 200) / 80));
    const training = column(sounds.slice(0, 6));
    const small = await learnState(audio, { seconds: 1 }, [training]);
    const { frames, length } = await encodeColumn(audio.network, small, training);
    const width = small.bands;
    let [sum, squares, count] = [0, 0, 0];
    for (let row = 0; row < 6; row++) {
      for (let t = 0; t < Number(length[row]); t++) {
        const x = Number(frames[(row * small.frames + t) * width + 20]);
        sum += x;
        squares += x * x;
        count++;
      }
    }
    expect(sum / count).toBeCloseTo(0, 4);
    expect(squares / count).toBeCloseTo(1, 4);
  });

  test("hears the channels that it is told to", async () => {
    const stereo = wavOf(pcm(...Array.from({ length: 800 }, (_, i) => (i % 2 ? 9000 : -3000))), {
      channels: 2,
    });
    const mono = (level: number) => wavOf(pcm(...new Array(400).fill(level)));
    for (const [channel, level] of [
      ["left", -3000],
      ["right", 9000],
      ["mix", 3000],
    ] as const) {
      const state = await learnState(audio, { channel, level: false }, [column(sounds)]);
      const { frames } = await encodeColumn(audio.network, state, column([stereo, mono(level)]));
      const half = frames.length / 2;
      expect(
        farthest(Array.from(frames.slice(0, half), Number), Array.from(frames.slice(half), Number)),
      ).toBeLessThan(1e-6);
    }
  });

  test("the level of a recording does not matter unless it is asked for", async () => {
    const both = column([tone(440, 2000), tone(440, 2000, 8000, 0.125)]);
    const quiet = pcm(...new Array(1000).fill(1000));
    const loud = pcm(...new Array(1000).fill(4000));
    for (const level of [true, false]) {
      const state = await learnState(audio, { level }, [both]);
      const { frames } = await encodeColumn(
        audio.network,
        state,
        column([wavOf(quiet), wavOf(loud)]),
      );
      const half = frames.length / 2;
      const far = farthest(
        Array.from(frames.slice(0, half), Number),
        Array.from(frames.slice(half), Number),
      );
      if (level) expect(far).toBeLessThan(1e-5);
      else expect(far).toBeGreaterThan(0.1);
    }
  });

  test.each([[[]], [[null, null]], [[sounds[0]]], [[wavOf(pcm(5))]]])(
    "takes degenerate columns",
    async (cells) => {
      await checkModality(audio, {}, column(cells), { tolerance: 1e-4 });
    },
  );
});

describe("files that cannot be read", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "sounds-"));
    const long = wavOf(Buffer.alloc(600 * 8000 * 2, 3));
    const files: Record<string, Uint8Array> = {
      "good.wav": tone(440, 2000),
      "empty.wav": Buffer.alloc(0),
      "silent.wav": wavOf(Buffer.alloc(0)),
      "notes.wav": Buffer.from("not a sound at all"),
      "half.wav": tone(440, 2000).subarray(0, 1000),
      "one.wav": wavOf(pcm(12)),
      "ten-minutes.wav": long,
    };
    for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
  });
  afterAll(() => rm(folder, { recursive: true }));

  test("are named by row, and count as missing; long ones are cropped and counted", async () => {
    const cells = column(
      [
        "good.wav",
        "gone.wav",
        "empty.wav",
        "silent.wav",
        "notes.wav",
        "half.wav",
        ".",
        null,
        "one.wav",
        "ten-minutes.wav",
      ],
      "string",
    );
    const problems: [number, string][] = [];
    const context = {
      ...strictContext,
      baseDir: folder,
      problem: (row: number, message: string) => problems.push([row, message]),
    };
    const state = await learnState(audio, { seconds: 2 }, [cells], context);
    expect(problems).toEqual([]);
    expect(state).toMatchObject({ measured: 3, cropped: 1, longest: 600, missing: 1 });
    expect(audio.describe(state)).toMatchObject({ cropped: 1, "longest, seconds": 600 });
    const { present, length } = await encodeColumn(audio.network, state, cells, context);
    expect([...present]).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
    expect([Number(length[8]), Number(length[9])]).toEqual([1, state.frames]);
    expect(problems).toEqual([
      [1, 'a sound file; got "gone.wav", which does not exist'],
      [
        2,
        'a recording; got "empty.wav" (it is empty, where WAV, MP3, FLAC or Ogg Vorbis was expected)',
      ],
      [3, 'a recording; got "silent.wav" (it has no samples)'],
      [
        4,
        'a recording; got "notes.wav" (it begins with "not a so", where WAV, MP3, FLAC or Ogg Vorbis was expected)',
      ],
      [
        5,
        'a recording; got "half.wav" (it is cut short: 956 of the 4000 bytes of samples that it announces)',
      ],
      [6, 'a sound file; got ".", which is a folder'],
    ]);
  });

  test("options that do not fit one another are refused", async () => {
    const learn = (options: object) => learnState(audio, options, [column(sounds)]);
    await expect(learn({ coefficients: 50 })).rejects.toThrow(
      "inputs.input.coefficients: at most as many as bands, 40; got 50",
    );
    await expect(learn({ low: 5000 })).rejects.toThrow(
      "inputs.input.low: below the highest band, 4000 Hz; got 5000",
    );
  });
});

describe("features", () => {
  test("are statistics of every band and a small picture, named", async () => {
    const state = await learnState(audio, {}, [column(sounds)]);
    const [block] = audio.features.blocks(state);
    if (block.kind !== "dense") throw new Error("a dense block");
    expect(block.names.length).toBe(5 * 40 + 16 * 20);
    expect(new Set(block.names).size).toBe(block.names.length);
    expect(block.names[0]).toBe("mean of 54 Hz");
    const { values } = await encodeColumn(audio.features, state, column([sounds[0]]));
    const { frames, length } = await encodeColumn(audio.network, state, column([sounds[0]]));
    const count = Number(length[0]);
    const band = Array.from({ length: count }, (_, t) => Number(frames[t * 40 + 7]));
    const mean = band.reduce((a, b) => a + b, 0) / count;
    expect(values[7]).toBeCloseTo(mean, 5);
    expect(values[47]).toBeCloseTo(
      Math.sqrt(band.reduce((s, x) => s + (x - mean) ** 2, 0) / count),
      5,
    );
    const median = band.sort((a, b) => a - b);
    const middle = (median[Math.floor((count - 1) / 2)] + median[Math.ceil((count - 1) / 2)]) / 2;
    expect(values[3 * 40 + 7]).toBeCloseTo(middle, 5);
    // Bands 6 and 7 make one row of the picture; its columns average to their means.
    let row = 0;
    for (let j = 0; j < 16; j++) row += Number(values[200 + j * 20 + 3]) / 16;
    expect(row).toBeCloseTo((Number(values[6]) + Number(values[7])) / 2, 5);
  });
});

describe("variation while training", () => {
  const varied = async (options: object) => {
    const cells = column([sounds[0], null, sounds[2]]);
    const state = await learnState(audio, options, [cells]);
    const encoded = await encodeColumn(audio.network, state, cells);
    const feeds = [encoded.frames.slice(), encoded.length.slice()] as [Float32Array, Int32Array];
    const augment = audio.network.augment?.(state, audio.options.parse(options));
    augment?.(feeds, 3, Random.from(7, "vary"));
    return { state, before: encoded, frames: feeds[0], length: feeds[1], augment };
  };
  /** Frames of a recording as rows. */
  const rowsOf = (state: AudioState, frames: ArrayLike<unknown>, row: number, count: number) =>
    Array.from({ length: count }, (_, t) =>
      Array.from({ length: state.bands }, (_, k) =>
        Number(frames[(row * state.frames + t) * state.bands + k]),
      ),
    );

  test("is off unless asked for, and the same for the same seed", async () => {
    expect((await varied({})).augment).toBeUndefined();
    const all = { timeMasks: 2, bandMasks: 2, shift: 0.2, noise: 0.3, gain: 6 };
    const [a, b] = [await varied(all), await varied(all)];
    expect(a.frames).toEqual(b.frames);
    expect(a.frames).not.toEqual(a.before.frames);
    // A missing recording stays one.
    expect(a.length[1]).toBe(0);
    expect(
      rowsOf(a.state, a.frames, 1, a.state.frames)
        .flat()
        .every((x) => x === 0),
    ).toBe(true);
  });

  test("masks blank whole frames and whole bands, and nothing else", async () => {
    const { state, before, frames, length } = await varied({
      timeMasks: 1,
      timeMask: 0.5,
      bandMasks: 1,
      bandMask: 0.5,
    });
    const count = length[0];
    const now = rowsOf(state, frames, 0, count);
    const then = rowsOf(state, before.frames, 0, count);
    const blankFrame = now.map((frame) => frame.every((x) => x === 0));
    const blankBand = now[0].map((_, k) => now.every((frame) => frame[k] === 0));
    expect(blankFrame.filter(Boolean).length + blankBand.filter(Boolean).length).toBeGreaterThan(0);
    now.forEach((frame, t) => {
      frame.forEach((x, k) => {
        expect(x).toBe(blankFrame[t] || blankBand[k] ? 0 : then[t][k]);
      });
    });
  });

  test("gain adds the same decibels everywhere", async () => {
    const { state, before, frames, length } = await varied({ gain: 6 });
    const added = rowsOf(state, frames, 0, length[0]).map((frame, t) =>
      frame.map(
        (x, k) =>
          ((x - rowsOf(state, before.frames, 0, t + 1)[t][k]) * state.deviation[k] * 10) /
          Math.LN10,
      ),
    );
    expect(Math.abs(added[0][0])).toBeGreaterThan(0.01);
    expect(Math.abs(added[0][0])).toBeLessThanOrEqual(6);
    expect(farthest(added.flat(), new Array(added.flat().length).fill(added[0][0]))).toBeLessThan(
      1e-4,
    );
  });

  test("shifting keeps the order of frames, and what is moved in is blank", async () => {
    const { state, before, frames, length } = await varied({ shift: 0.5 });
    for (const row of [0, 2]) {
      const then = rowsOf(state, before.frames, row, Number(before.length[row]));
      const now = rowsOf(state, frames, row, state.frames);
      const blank = now.findIndex((frame) => frame.some((x) => x !== 0));
      const first = then.findIndex((frame) => frame.every((x, k) => x === now[blank][k]));
      expect(Math.min(blank, first)).toBe(0);
      for (let t = blank; t < length[row]; t++) expect(now[t]).toEqual(then[first + t - blank]);
      for (let t = length[row]; t < state.frames; t++)
        expect(now[t].every((x) => x === 0)).toBe(true);
    }
  });
});
