import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { decodeRecording } from "./cells.ts";
import { farthest, pcm, wavOf } from "./fixtures/wav-file.ts";
import { openPeer, peers } from "./peers.ts";
import { decodeWav } from "./wav.ts";

const file = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url));
/** Samples of each channel as libsndfile reads them (`fixtures/make_files.py`). */
const expected = JSON.parse(file("files.json").toString()) as Record<string, number[][]>;

describe("files as libsndfile reads them", () => {
  const lossless = Object.keys(expected).filter((name) => !name.startsWith("tone"));
  // Nine digits were written down; the package for FLAC takes 32767, not 32768, for full scale.
  const tolerance = (name: string) => (name.endsWith("flac") ? 2e-5 : 1e-8);
  test.each(lossless)("%s", async (name) => {
    const { sampleRate, channels, length } = await decodeRecording(file(name));
    expect([sampleRate, length]).toEqual([8000, 300]);
    expect(channels.length).toBe(expected[name].length);
    channels.forEach((samples, c) => {
      expect(farthest(samples, expected[name][c])).toBeLessThan(tolerance(name));
    });
  });

  test.each(["tone.mp3", "tone.ogg"])("%s, whose decoder may round", async (name) => {
    const { sampleRate, channels, length } = await decodeRecording(file(name));
    expect([sampleRate, length]).toEqual([8000, 3000]);
    expect(farthest(channels[0].subarray(0, 1000), expected[name][0])).toBeLessThan(5e-4);
    // A sine of 440 Hz and height one half.
    expect(
      Math.abs(channels[0][1000] - 0.5 * Math.sin((2 * Math.PI * 440 * 1000) / 8000)),
    ).toBeLessThan(0.05);
  });

  test("one after the other gives the same as among others", async () => {
    const names = ["tone.mp3", "stereo.flac", "tone.mp3", "tone.ogg", "stereo.flac"];
    const together = await Promise.all(names.map((name) => decodeRecording(file(name))));
    expect(together[0].channels).toEqual(together[2].channels);
    expect(together[1].channels).toEqual(together[4].channels);
  });
});

describe("odd files", () => {
  test("chunks of odd length are followed by a byte of padding", () => {
    const chunk = Buffer.concat([
      Buffer.from("LIST", "latin1"),
      Buffer.from([3, 0, 0, 0]),
      Buffer.from("abc\0"),
    ]);
    const { channels } = decodeWav(wavOf(pcm(0, 16384, -32768), { before: chunk }));
    expect([...channels[0]]).toEqual([0, 0.5, -1]);
  });

  test("samples at odd places of memory are the same", () => {
    const bytes = file("s16.wav");
    const shifted = new Uint8Array(bytes.length + 1);
    shifted.set(bytes, 1);
    expect(decodeWav(shifted.subarray(1))).toEqual(decodeWav(Uint8Array.from(bytes)));
  });

  test("as many seconds as asked for, and how long the whole is", () => {
    const { channels, length } = decodeWav(wavOf(pcm(...new Array(100).fill(7))), 0.005);
    expect([channels[0].length, length]).toEqual([40, 100]);
  });

  test("streams, whose size is unknown, reach to the end of the file", () => {
    for (const announced of [0xffffffff, 0]) {
      expect(decodeWav(wavOf(pcm(1, 2, 3), { announced })).length).toBe(3);
    }
  });

  test("bytes after the announced samples are no samples, and half a sample is none", () => {
    expect(decodeWav(wavOf(pcm(1, 2, 3), { announced: 4 })).length).toBe(2);
    expect(decodeWav(wavOf(Buffer.from([1, 0, 2]))).length).toBe(1);
  });
});

describe("what is no recording, and why", () => {
  const nan = Buffer.from(Float32Array.of(0, Number.NaN, 1).buffer);
  const cases: Record<string, [Uint8Array, string]> = {
    "an empty file": [Buffer.alloc(0), "it is empty, where WAV, MP3"],
    "a text": [Buffer.from("hello world, this is text"), 'it begins with "hello wo", where WAV'],
    AIFF: [Buffer.from("FORM\0\0\0\0AIFFCOMM"), "it is AIFF, where WAV, MP3"],
    Opus: [
      Buffer.concat([Buffer.from("OggS"), Buffer.alloc(24), Buffer.from("OpusHead")]),
      "it is Opus, which is not read",
    ],
    "no samples": [wavOf(Buffer.alloc(0)), "it has no samples"],
    "cut short": [
      wavOf(pcm(1, 2, 3)).subarray(0, 48),
      "it is cut short: 4 of the 6 bytes of samples that it announces",
    ],
    "a header that lies": [
      wavOf(pcm(1, 2), { announced: 1e6 }),
      "it is cut short: 4 of the 1000000 bytes",
    ],
    "cut in the header": [wavOf(pcm(1)).subarray(0, 30), "its format chunk is cut short"],
    "no format": [Buffer.from("RIFF\0\0\0\0WAVE"), "it has no chunk that says the format"],
    "no channels": [wavOf(pcm(1), { channels: 0 }), "it has no channels"],
    "no rate": [wavOf(pcm(1), { rate: 0 }), "its 0 samples a second are not from 1000 to 768000"],
    "not a number": [wavOf(nan, { coding: 3, bits: 32 }), "sample 2 is NaN, not a level of sound"],
    ADPCM: [wavOf(pcm(1), { coding: 2, bits: 4 }), "its samples are ADPCM of 4 bits"],
    "12 bytes": [wavOf(pcm(1), { bits: 96 }), "its samples are coding 1 of 96 bits"],
    "a damaged FLAC": [file("stereo.flac").subarray(0, 300), "nothing in it could be decoded"],
    "a damaged Ogg": [file("tone.ogg").subarray(0, 100), "nothing in it could be decoded"],
  };
  test.each(Object.entries(cases))("%s", async (_, [bytes, message]) => {
    await expect(decodeRecording(bytes)).rejects.toThrow(message);
  });

  test("a FLAC file of fewer samples than it announces", async () => {
    const bytes = Uint8Array.from(file("stereo.flac"));
    bytes[24] += 1;
    await expect(decodeRecording(bytes)).rejects.toThrow("cut short: 300 of the 556 samples");
  });

  test("a decoder that is not installed is named, with what installs it", async () => {
    const open = () =>
      Promise.reject(Object.assign(new Error("gone"), { code: "ERR_MODULE_NOT_FOUND" }));
    await expect(openPeer({ ...peers.mp3, open })).rejects.toMatchObject({
      code: "UNSUPPORTED",
      message: "MP3 files: the package mpg123-decoder, which reads them; it is not installed",
      hint: "npm install mpg123-decoder",
    });
  });
});
