import { expect, it } from "vitest";
import { didYouMean } from "./errors.ts";

it.each([
  ["epocs", ["epochs", "seed"], "epochs"],
  ["Seed", ["seed"], "seed"],
  ["x", ["y", "z"], undefined],
  ["x", ["y", "X"], "X"],
  ["x", ["x1", "y1"], "x1"],
  ["ab", ["cd"], undefined],
  ["something else", ["epochs"], undefined],
])("%s among %j is %s", (word, names, meant) => {
  expect(didYouMean(word, names)).toBe(meant);
});
