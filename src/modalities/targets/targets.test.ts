/** Cells as something to predict: what each modality learns of them, and that JSON keeps it. */
import { describe, expect, it } from "vitest";
import { answerWidth, type CellTarget, sizeOfTarget } from "../../core/cell-target.ts";
import type { Column } from "../../data/columns.ts";
import { tableFromRows } from "../../data/from-rows.ts";
import { strictContext } from "../contract.ts";
import { type ModalityName, modalities, modalityNamed } from "../modalities.ts";

const how = { terms: 3, pixels: 8, steps: 4, stretches: 2, bands: 3 };
const column = (cells: readonly unknown[]) =>
  tableFromRows(cells.map((x) => ({ x }))).columns.get("x") as Column;

async function learned(
  name: ModalityName,
  cells: readonly unknown[],
  options: object = {},
): Promise<{
  target: CellTarget;
  numbers: number[];
  of(some: readonly unknown[]): Promise<number[]>;
}> {
  const modality = modalityNamed(name);
  const learning = modality.target.learn(modality.options.parse(options), how, "x");
  // In two chunks: how rows are cut does not matter.
  const half = Math.ceil(cells.length / 2);
  await learning.add(column(cells.slice(0, half)), strictContext);
  if (half < cells.length) await learning.add(column(cells.slice(half)), strictContext);
  const target = JSON.parse(JSON.stringify(learning.finish())) as CellTarget;
  const of = async (some: readonly unknown[]) => {
    const out = new Float64Array(some.length * answerWidth(target)).fill(77);
    await modality.target.encode(target, column(some), out, strictContext);
    return [...out];
  };
  expect(target.mean).toHaveLength(sizeOfTarget(target));
  return { target, numbers: await of(cells), of };
}

/** A sine as a WAV file of 16 bits. */
function wav(hertz: number, samples = 4000, rate = 8000): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(44 + 2 * samples));
  const text = (at: number, word: string) => {
    for (let i = 0; i < word.length; i++) bytes.setUint8(at + i, word.charCodeAt(i));
  };
  text(0, "RIFF");
  bytes.setUint32(4, 36 + 2 * samples, true);
  text(8, "WAVEfmt ");
  bytes.setUint32(16, 16, true);
  bytes.setUint16(20, 1, true);
  bytes.setUint16(22, 1, true);
  bytes.setUint32(24, rate, true);
  bytes.setUint32(28, 2 * rate, true);
  bytes.setUint16(32, 2, true);
  bytes.setUint16(34, 16, true);
  text(36, "data");
  bytes.setUint32(40, 2 * samples, true);
  for (let i = 0; i < samples; i++)
    bytes.setInt16(44 + 2 * i, 20_000 * Math.sin((2 * Math.PI * hertz * i) / rate), true);
  return new Uint8Array(bytes.buffer);
}

const nan = Number.NaN;

describe("cells as something to predict", () => {
  it("numbers and instants are in their own units", async () => {
    const { target, numbers } = await learned("number", [1, null, 3, 8]);
    expect(target).toMatchObject({ form: "values", shape: [], mean: [4], spread: 1 });
    expect(numbers).toEqual([1, nan, 3, 8]);
    const dates = await learned("datetime", ["2020-01-01", "2020-01-03", null]);
    expect(dates.target.mean).toEqual([Date.UTC(2020, 0, 2)]);
    expect((await learned("number", [5, 5])).target.spread).toBe(0);
  });

  it("places are points of the sphere", async () => {
    const { numbers } = await learned("geo", ["0, 0", "0, 90", null, "90, 0"]);
    const near = [1, 0, 0, 0, 1, 0, nan, nan, nan, 0, 0, 1].map((x) =>
      Number.isNaN(x) ? nan : expect.closeTo(x, 12),
    );
    expect(numbers).toEqual(near);
  });

  it("truths and categories are classes; rare and unknown values are one, where training had some", async () => {
    const truths = await learned("boolean", [true, false, null, true]);
    expect(truths.target).toMatchObject({ form: "class", labels: ["true", "false"] });
    expect(truths.numbers).toEqual([0, 1, nan, 0]);
    const many = ["a", "a", "a", "b", "b", "c", "d", null, "b", "c", "e"];
    const { target, of } = await learned("category", many);
    expect(target.labels).toEqual(["a", "b", "c", "(other)"]);
    expect(target.mean.map((p) => Math.round(p * 10))).toEqual([3, 3, 2, 2]);
    const nats = target.mean.reduce((sum, p) => sum - p * Math.log(p), 0);
    expect(target.spread).toBeCloseTo(nats, 12);
    expect(await of(["c", "zzz", null])).toEqual([2, 3, nan]);
    const few = await learned("category", ["a", "a", "b", "b"]);
    expect(await few.of(["b", "zzz"])).toEqual([1, nan]);
  });

  it("texts are their most frequent words, whatever encoder reads them; sets are their members", async () => {
    const texts = ["Sad cat, cat!", "happy cat", null, "", "sad dog", "once"];
    for (const options of [{}, { encoder: "gru", tokenizer: "bpe" }]) {
      const { target, of } = await learned("text", texts, options);
      expect(target).toMatchObject({ form: "members", labels: ["cat", "sad"], shape: [2] });
      expect(target.mean).toEqual([2.5 / 6, 2.5 / 6]);
      expect(await of(["a CAT", "", null])).toEqual([1, 0, 0, 0, nan, nan]);
    }
    const sets = await learned("set", [["a", "b"], ["b"], null, ["c", "b"]], { minCount: 1 });
    expect(sets.target.labels).toEqual(["b", "a", "c"]);
    expect(sets.numbers.slice(0, 6)).toEqual([1, 1, 0, 1, 0, 0]);
    // A name that all cells have tells nothing.
    expect((await learned("set", [["a"], ["a"]])).target.spread).toBe(0);
  });

  it("vectors an element at a time", async () => {
    const { target, of } = await learned("vector", [
      [1, 2],
      [3, null],
    ]);
    expect(target).toMatchObject({ shape: [2], mean: [2, 2], scale: [1, 1] });
    expect(await of([[7, null], null])).toEqual([7, nan, nan, nan]);
  });

  it("short series step by step with open ends, long ones in equal stretches", async () => {
    const short = await learned("series", [[1, 2, 3], [5], null]);
    expect(short.target).toMatchObject({
      shape: [3, 1],
      mean: [3, 2, 3],
      reading: { stretched: false },
    });
    expect(short.numbers).toEqual([1, 2, 3, 5, nan, nan, nan, nan, nan]);
    const long = await learned("series", [[1, 1, 2, 2, 3, 3, 4, 4], [9]]);
    expect(long.target.shape).toEqual([4, 1]);
    expect(long.numbers).toEqual([1, 2, 3, 4, 9, 9, 9, 9]);
    const gaps = await learned("series", [
      [
        [1, null],
        [3, 4],
      ],
    ]);
    expect(gaps.numbers).toEqual([1, nan, 3, 4]);
  });

  it("pictures are pixels from 0 to 1 at the size that is asked for", async () => {
    const { default: sharp } = await import("sharp");
    const plain = (level: number) =>
      sharp({
        create: { width: 20, height: 20, channels: 3, background: { r: level, g: 0, b: 255 } },
      })
        .png()
        .toBuffer();
    const { target, numbers } = await learned("image", [await plain(0), null, await plain(255)]);
    expect(target).toMatchObject({ form: "values", shape: [8, 8, 3], shows: "picture", spread: 1 });
    const [red, green, blue] = [0, 1, 2].map((c) => target.mean[c]);
    expect([red, green, blue]).toEqual([0.5, 0, 1]);
    // One deviation for all: √((¼ + 0 + 0) / 3).
    expect(new Set(target.scale)).toEqual(new Set([target.scale[0]]));
    expect(target.scale[0]).toBeCloseTo(Math.sqrt(1 / 12), 9);
    expect(numbers.slice(0, 3)).toEqual([0, 0, 1]);
    expect(numbers.slice(192, 384).every(Number.isNaN)).toBe(true);
  });

  it("recordings are log-mel pictures of equal stretches", async () => {
    expect(modalities.audio.target).toBeDefined();
    const cells = [wav(300), wav(3000), null, wav(300, 2000)];
    const { target, numbers } = await learned("audio", cells);
    expect(target).toMatchObject({ shape: [2, 3], shows: "sound", spread: 1 });
    const [low, , high] = numbers;
    expect(low).toBeGreaterThan(high + 2);
    expect(numbers[8]).toBeGreaterThan(numbers[6] + 2);
    expect(numbers.slice(12, 18).every(Number.isNaN)).toBe(true);
    // However long it lasts, a tone is the same picture.
    expect(Math.abs(numbers[18] - numbers[0])).toBeLessThan(0.5);
  });
});
