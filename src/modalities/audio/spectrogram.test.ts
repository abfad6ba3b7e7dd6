import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Random } from "../../core/random.ts";
import { farthest } from "./fixtures/wav-file.ts";
import { fourierPlan, powerSpectrum } from "./fourier.ts";
import type { MelScaleName } from "./mel.ts";
import { resample, resampler } from "./resample.ts";
import { frameMaker, framesIn, frameWidth, type SoundFormat, samplesIn } from "./spectrogram.ts";

/** Computed by NumPy and SciPy (`fixtures/make_frames.py`). */
const reference = JSON.parse(
  readFileSync(new URL("fixtures/frames.json", import.meta.url), "utf8"),
) as {
  signal: number[];
  resampled: { from: number; to: number; out: number[] }[];
  cases: {
    rate: number;
    scale: MelScaleName;
    bands: number;
    coefficients: number;
    samples: number[];
    shape: [number, number];
    frames: number[];
  }[];
};

describe("resampling", () => {
  test.each(reference.resampled)("from $from to $to as SciPy", ({ from, to, out }) => {
    const got = resample(Float32Array.from(reference.signal), resampler(from, to));
    expect(farthest(got, out)).toBeLessThan(2e-6);
  });

  test("keeps a tone below the new half rate, and removes one above it", () => {
    const tone = (hertz: number) =>
      Float32Array.from({ length: 4000 }, (_, i) => Math.sin((2 * Math.PI * hertz * i) / 16000));
    const convert = resampler(16000, 8000);
    const kept = resample(tone(1000), convert).subarray(50, 1950);
    const same = kept.map((_, i) => Math.sin((2 * Math.PI * 1000 * (i + 50)) / 8000));
    expect(farthest(kept, same)).toBeLessThan(3e-3);
    const gone = resample(tone(6000), convert).subarray(50, 1950);
    expect(Math.max(...gone.map(Math.abs))).toBeLessThan(3e-3);
  });

  test("of a part is the part of the whole", () => {
    const signal = Float32Array.from(reference.signal);
    const convert = resampler(11025, 16000);
    expect(resample(signal, convert, 20)).toEqual(resample(signal, convert).slice(0, 20));
    expect(resample(signal, resampler(8000, 8000), 7)).toEqual(signal.slice(0, 7));
  });
});

test.each([4, 8, 64, 512])("the power spectrum of %i samples is that of its definition", (size) => {
  const random = Random.from(size, "signal");
  const signal = Float64Array.from({ length: size }, () => random.normal());
  const got = new Float64Array(size / 2 + 1);
  powerSpectrum(fourierPlan(size), signal, got);
  got.forEach((power, k) => {
    let [re, im] = [0, 0];
    signal.forEach((x, i) => {
      re += x * Math.cos((2 * Math.PI * k * i) / size);
      im -= x * Math.sin((2 * Math.PI * k * i) / size);
    });
    expect(Math.abs(power - re * re - im * im)).toBeLessThan(1e-9 * size);
  });
});

const format = (
  rate: number,
  scale: MelScaleName,
  bands: number,
  coefficients: number,
): SoundFormat => ({
  sampleRate: rate,
  hearing: "mix",
  level: true,
  window: rate / 40,
  hop: rate / 100,
  bands,
  scale,
  range: [20, rate / 2],
  floor: 1e-8,
  coefficients,
});

describe("frames", () => {
  test.each(reference.cases)(
    "$bands bands of $scale at $rate Hz, $coefficients coefficients",
    ({ rate, scale, bands, coefficients, samples, shape, frames }) => {
      const how = format(rate, scale, bands, coefficients);
      expect([framesIn(how, samples.length), frameWidth(how)]).toEqual(shape);
      const out = new Float32Array(frames.length);
      frameMaker(how).frames(Float32Array.from(samples), shape[0], out);
      expect(farthest(out, frames)).toBeLessThan(2e-5);
    },
  );

  test("a full-scale sine has power 1, and silence the floor", () => {
    const how = format(8000, "htk", 40, 0);
    const sine = Float32Array.from({ length: 400 }, (_, i) =>
      Math.sin((2 * Math.PI * 1000 * i) / 8000),
    );
    const loud = new Float32Array(40 * framesIn(how, 400));
    frameMaker(how).frames(sine, framesIn(how, 400), loud);
    expect(Math.max(...loud)).toBeGreaterThan(-0.3);
    expect(Math.max(...loud)).toBeLessThan(1.2);
    const quiet = new Float32Array(40);
    frameMaker(how).frames(new Float32Array(100), 1, quiet);
    expect(farthest(quiet, new Array(40).fill(Math.log(1e-8)))).toBeLessThan(1e-5);
  });

  test("their number and the samples they cover", () => {
    const how = format(8000, "htk", 40, 0);
    expect([0, 1, 200, 201, 280, 281].map((n) => framesIn(how, n))).toEqual([0, 1, 1, 2, 2, 3]);
    for (const frames of [1, 2, 77]) expect(framesIn(how, samplesIn(how, frames))).toBe(frames);
  });
});
