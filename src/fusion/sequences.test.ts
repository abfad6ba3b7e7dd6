/** Fusions that look at the vectors behind a part: words, frames, places of a picture. */
import { describe, expect, test } from "vitest";
import { checkGradient } from "../compiler/check.ts";
import { Random } from "../core/random.ts";
import { type ExampleOptions, exampleFeeds, traceExample, valuesOf } from "./example.ts";
import type { FusionName } from "./fusions.ts";

const token = { size: 4, tokens: 2, heads: 2, dropout: 0 };
const looking: readonly [FusionName, Record<string, unknown>][] = [
  ["transformer", { ...token, layers: 2 }],
  ["crossAttention", { ...token, layers: 1 }],
  ["bottleneck", { ...token, layers: 2, bottlenecks: 2 }],
  ["perceiver", { ...token, layers: 1, latents: 3 }],
];

describe.each(looking)("fusion %s of a part with a sequence", (name, config) => {
  const trace = (options: ExampleOptions = {}) =>
    traceExample(name, { widths: [3, 2, 3], lengths: [4, 0, 2], config, ...options });
  const rowsOf = (values: Float64Array) => {
    const width = values.length / 5;
    return [0, 1, 2, 3, 4].map((r) => [...values.subarray(r * width, (r + 1) * width)]);
  };

  test("reads its vectors", () => {
    const example = trace();
    const feeds = exampleFeeds(example);
    const before = rowsOf(valuesOf(example.fused, feeds));
    // The last vector of a's third row.
    feeds["a.sequence"] = feeds["a.sequence"].map((v, i) => (i === 2 * 8 + 7 ? v + 1 : v));
    const after = rowsOf(valuesOf(example.fused, feeds));
    for (const row of [0, 1, 3, 4]) expect(after[row]).toEqual(before[row]);
    expect(after[2]).not.toEqual(before[2]);
  });

  test("is the same with and without padding", () => {
    const long = trace();
    const feeds = exampleFeeds(long);
    feeds["a.mask"] = Float64Array.from({ length: 20 }, (_, i) => (i % 4 < 3 ? 1 : 0));
    feeds["a.sequence"] = feeds["a.sequence"].map((v, i) => (i % 8 < 6 ? v : 1e4));
    const padded = valuesOf(long.fused, feeds);
    const short = trace({ lengths: [3, 0, 2] });
    const cut = {
      ...feeds,
      "a.mask": new Float64Array(15).fill(1),
      "a.sequence": feeds["a.sequence"].filter((_, i) => i % 8 < 6),
    };
    const plain = valuesOf(short.fused, cut);
    plain.forEach((v, i) => {
      expect(padded[i]).toBeCloseTo(v, 12);
    });
  });

  test("has the gradient that differences estimate, with rows that lack some of it", () => {
    const { builder, loss, parts, ...rest } = trace({ rows: 3, training: true });
    const feeds = exampleFeeds({ builder, loss, parts, ...rest });
    feeds["a.mask"].set([1, 0, 0, 0, 0, 0, 0, 0]);
    feeds["a.present"][1] = 0;
    const wrt = [...builder.parameters.values()].map((s) => builder.graph.input(s.name, s.shape));
    for (const { sequence } of parts) if (sequence) wrt.push(sequence.values);
    expect(checkGradient(loss, wrt, feeds, Random.from(2)).relative).toBeLessThan(1e-5);
  });

  test("lets an absent one have no say, to the bit, and stays finite without any", () => {
    const example = trace();
    const feeds = exampleFeeds(example);
    feeds["a.present"].fill(0);
    feeds["a.mask"].fill(0);
    const before = valuesOf(example.fused, feeds);
    const loud = { ...feeds, "a.sequence": feeds["a.sequence"].map(() => 1e4) };
    expect(valuesOf(example.fused, loud)).toEqual(before);
    for (const part of ["b", "c"]) feeds[`${part}.present`].fill(0);
    feeds["c.mask"].fill(0);
    expect(valuesOf(example.fused, feeds).every(Number.isFinite)).toBe(true);
  });
});
