import { expect, test } from "vitest";
import { tableFromRows } from "./from-rows.ts";
import { labelFacts } from "./infer.ts";
import { mediaOfBytes } from "./media.ts";
import { profileColumn } from "./profile.ts";

function profile(values: readonly unknown[], fileExists?: (path: string) => boolean) {
  const table = tableFromRows(values.map((x) => ({ x })));
  return profileColumn(table.columns.get("x")!, { fileExists });
}

const repeat = (values: readonly unknown[], times: number) =>
  Array.from({ length: times }, () => values).flat();

test("numbers: moments, distinct values, whole numbers, row numbers", () => {
  const p = profile([1, 2, 2, null, 5.5, Number.NaN]);
  expect(p).toMatchObject({ rows: 6, missing: 2, distinct: 3, distinctShare: 0.75, topShare: 0.5 });
  // numpy: np.array([1, 2, 2, 5.5]).mean(), .std()
  expect(p.number).toMatchObject({ min: 1, max: 5.5, mean: 2.625, integer: false, counter: false });
  expect(p.number?.std).toBeCloseTo(1.7093492, 6);
  expect(profile([3, 4, 5, 6]).number).toMatchObject({ integer: true, counter: true });
  const many = profile(Array.from({ length: 12_000 }, (_, i) => i));
  expect(many).toMatchObject({ distinct: 10_000, distinctCapped: true });
  expect(profile([null, null])).toMatchObject({ storage: "string", distinct: 0, distinctShare: 0 });
});

test("text: lengths, words with and without spaces, what cells look like", () => {
  expect(profile(["one two three", "four"]).text).toMatchObject({ meanLength: 8.5, meanWords: 2 });
  expect(profile(["多任务学习"]).text?.meanWords).toBe(3);
  expect(profile(["1", "2.5", "x", "-3e4"]).text?.numberShare).toBe(0.75);
  expect(profile(["2024-01-01", "2024-01-01 10:00", "soon", null]).text?.datetimeShare).toBeCloseTo(
    2 / 3,
  );
  const paths = profile(["a/1.png", "a/2.JPG", "b.wav", "note"], (path) => path === "a/1.png");
  expect(paths.text).toMatchObject({
    imagePathShare: 0.5,
    audioPathShare: 0.25,
    pathsFoundShare: 1 / 3,
  });
});

test("lists and bytes: element kinds, lengths, formats", () => {
  expect(profile([["a", "b"], [], null, ["c"]]).list).toEqual({
    elements: "string",
    minLength: 0,
    maxLength: 2,
    meanLength: 1,
    sameLengthShare: 1 / 3,
    distinctElements: 3,
    repeats: false,
  });
  expect(profile([new Float32Array(3), [1, 2, 2]]).list).toMatchObject({
    elements: "number",
    repeats: true,
  });
  expect(profile([[1, "a"]]).list?.elements).toBe("mixed");
  expect(profile(["[1, 2]", " [3,4]", ""]).listText).toMatchObject({
    elements: "number",
    minLength: 2,
    whole: true,
    sameLengthShare: 1,
  });
  expect(profile(["[1, 2]", "[1, 2"]).listText).toBeUndefined();
  expect(profile([[[1, 2], [3]], [[0.5]]]).list).toMatchObject({
    elements: "list",
    inner: { elements: "number", minLength: 1, maxLength: 2 },
  });
  const png = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0);
  const wav = new TextEncoder().encode("RIFF....WAVEfmt ");
  expect(profile([png, wav, png, Uint8Array.of(1, 2)]).bytes).toEqual({
    meanBytes: (9 + 16 + 9 + 2) / 4,
    formats: { png: 0.5, wav: 0.25, unknown: 0.25 },
    imageShare: 0.5,
    audioShare: 0.25,
  });
  expect(mediaOfBytes(new TextEncoder().encode("RIFF....WEBPVP8 "))).toEqual({
    format: "webp",
    kind: "image",
  });
});

test("labels: what each column would be as a target", () => {
  const facts = (values: readonly unknown[]) => labelFacts(profile(values));
  expect(facts([true, false, null])).toMatchObject({ looksBinary: true, labels: 2, classes: 2 });
  expect(facts(repeat([0, 1], 10))).toMatchObject({ looksBinary: true, looksCount: false });
  expect(facts(repeat(["yes", "no"], 10))).toMatchObject({ looksBinary: true });
  expect(facts(repeat([1, 2, 3, 4, 5], 20))).toMatchObject({
    looksOrdinal: true,
    looksBinary: false,
  });
  expect(facts(repeat([0, 3, 1, 17, 30, 2, 8, 90, 4, 5, 6, 11], 3))).toMatchObject({
    looksCount: true,
    looksOrdinal: false,
  });
  expect(facts(repeat(["red", "green", "blue"], 10))).toMatchObject({
    looksCategorical: true,
    looksUnique: false,
    classes: 3,
  });
  expect(facts(Array.from({ length: 50 }, (_, i) => `name ${i}`))).toMatchObject({
    looksCategorical: false,
    looksUnique: true,
  });
  expect(facts([["a"], ["a", "b"], []])).toMatchObject({ looksMultilabel: true, classes: 2 });
  expect(
    facts([
      [1, 1],
      [1, 2, 3],
    ]),
  ).toMatchObject({ looksMultilabel: false });
  expect(facts(Array.from({ length: 30 }, (_, i) => i / 7))).toMatchObject({
    looksContinuous: true,
  });
});
