import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { murmur3 } from "./murmur3.ts";

const path = new URL("text/fixtures/tfidf.json", import.meta.url);
const { murmur3: cases } = JSON.parse(readFileSync(path, "utf8")) as {
  murmur3: [text: string, plain: number, seeded: number][];
};

test.each(cases)("hashes %j as other libraries do", (text, plain, seeded) => {
  expect(murmur3(text)).toBe(plain);
  expect(murmur3(text, 42)).toBe(seeded);
});

test("takes a lone surrogate for the replacement character", () => {
  expect(murmur3("a\ud800b")).toBe(murmur3("a\ufffdb"));
  expect(murmur3("\udc00")).toBe(murmur3("\ufffd"));
});
