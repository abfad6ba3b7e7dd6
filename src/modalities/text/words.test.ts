import { describe, expect, test } from "vitest";
import { characterGrams, normalizeText, splitWords, wordGrams } from "./words.ts";

const words = (text: string) => splitWords(normalizeText(text, true));

describe("splitWords", () => {
  test.each([
    ["The cat’s hat, size 10!", ["the", "cat's", "hat", "size", "10"]],
    ["ﬁne ＡＢＣ", ["fine", "abc"]],
    ["naïve CAFÉ", ["naïve", "café"]],
    ["state-of-the-art snake_case", ["state", "of", "the", "art", "snake", "case"]],
    ["नमस्ते दुनिया", ["नमस्ते", "दुनिया"]],
    ["привет, мир", ["привет", "мир"]],
    ["yes 😀👍🏽 no", ["yes", "😀", "👍", "no"]],
    ["", []],
    [" … — !", []],
  ])("splits %j", (text, expected) => {
    expect(words(text)).toEqual(expected);
  });

  test("splits Chinese, Japanese and Thai by words and keeps all characters", () => {
    for (const text of ["我们研究多任务学习", "東京でラーメンを食べた", "ฉันชอบอ่านหนังสือ"]) {
      const found = words(text);
      expect(found.length).toBeGreaterThan(2);
      expect(found.join("")).toBe(text);
    }
    expect(words("我们研究")).toEqual(["我们", "研究"]);
  });

  test("splits mixed scripts at their border", () => {
    expect(words("用Python3研究")).toEqual(["用", "python3", "研究"]);
  });

  test("reads long unbroken runs", () => {
    const found = words("研究".repeat(5000));
    expect(found.join("")).toBe("研究".repeat(5000));
  });

  test("keeps case where asked to", () => {
    expect(splitWords(normalizeText("New York", false))).toEqual(["New", "York"]);
  });
});

test("wordGrams joins neighbours", () => {
  expect(wordGrams(["a", "b", "c"], 1)).toEqual(["a", "b", "c"]);
  expect(wordGrams(["a", "b", "c"], 3)).toEqual(["a", "b", "c", "a b", "b c", "a b c"]);
});

test("characterGrams marks where words begin and end; dense scripts are read bare", () => {
  expect(characterGrams("cat", 4)).toEqual(["<ca", "cat", "at>", "<cat", "cat>"]);
  expect(characterGrams("𝛼𝛽", 3)).toEqual(["<𝛼𝛽", "𝛼𝛽>"]);
  expect(characterGrams("a", 5)).toEqual(["<a>"]);
  expect(characterGrams("研究所", 5)).toEqual(["研", "究", "所", "研究", "究所"]);
});
